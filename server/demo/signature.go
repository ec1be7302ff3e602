package demo

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
)

// verify checks Elements-Webhook-Signature: "sha256=" and the base64 of HMAC-SHA256 over the body's bytes as they came, keyed with
// event.notification.signature.key. It is all that a user's receiver needs.
func verify(key, header string, body []byte) error {
	text, ok := strings.CutPrefix(header, "sha256=")
	if !ok {
		return errors.New("the signature is missing, or does not begin with sha256=")
	}
	claimed, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return errors.New("the signature is not base64")
	}
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write(body)
	if !hmac.Equal(claimed, mac.Sum(nil)) {
		return errors.New("the signature is not of this body by this key")
	}
	return nil
}
