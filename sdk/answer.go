//go:build !wasip1

package sdk

import (
	"encoding/json"
	"errors"
	"fmt"
)

// DecodeReply reads the answer to OpStep. A message of the adapter comes back as an error. It does not judge the reply: see Reply.Check.
func DecodeReply(out []byte) (Reply, error) {
	var r Reply
	err := decodeOutput(out, &r)
	return r, err
}

// DecodeManifest reads the answer to OpDescribe. It does not judge the manifest: see Manifest.Check.
func DecodeManifest(out []byte) (Manifest, error) {
	var m Manifest
	err := decodeOutput(out, &m)
	return m, err
}

func decodeOutput(out []byte, into any) error {
	if len(out) == 0 {
		return errors.New("the adapter answered with no bytes")
	}
	switch out[0] {
	case ReplyOK:
		if err := json.Unmarshal(out[1:], into); err != nil {
			return fmt.Errorf("the adapter's answer: %w", err)
		}
		return nil
	case ReplyError:
		return fmt.Errorf("the adapter says: %s", Excerpt(out[1:]))
	}
	return fmt.Errorf("the adapter's answer begins with byte %d, want %d or %d", out[0], ReplyOK, ReplyError)
}
