package deliver

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

const (
	// webhookPrefix leads the text of a secret of Standard Webhooks; standard base64 of the key follows.
	webhookPrefix = "whsec_"
	// The standard's bounds of a key, bytes.
	minWebhookKey, maxWebhookKey = 24, 64
)

// NewWebhookSecret draws a secret of Standard Webhooks, as its user sees it: "whsec_" and the base64 of 32 random bytes.
func NewWebhookSecret() Secret {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	return Secret(webhookPrefix + base64.StdEncoding.EncodeToString(key))
}

// CheckWebhookSecret tells what is wrong with a secret that a user brings. The error does not hold it.
func CheckWebhookSecret(s Secret) error {
	_, err := webhookKey(s)
	return err
}

func webhookKey(s Secret) ([]byte, error) {
	text, found := strings.CutPrefix(string(s), webhookPrefix)
	if !found {
		return nil, errors.New(`the webhook secret does not begin with "` + webhookPrefix + `"`)
	}
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, errors.New(`the webhook secret is not "` + webhookPrefix + `" and standard base64 with padding`)
	}
	if len(key) < minWebhookKey || len(key) > maxWebhookKey {
		return nil, fmt.Errorf("the webhook secret has a key of %d bytes; it must have %d to %d", len(key), minWebhookKey, maxWebhookKey)
	}
	return key, nil
}

// SignWebhook is the value of webhook-signature: for each secret "v1," and the base64 of HMAC-SHA256 over `id.timestamp.body`, separated
// by spaces, so that a receiver that knows any of them can verify. Source: standardwebhooks.com, "Signature scheme".
func SignWebhook(secrets []Secret, id string, at time.Time, body []byte) (string, error) {
	signatures := make([]string, 0, len(secrets))
	for _, s := range secrets {
		key, err := webhookKey(s)
		if err != nil {
			return "", err
		}
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
		mac.Write(body)
		signatures = append(signatures, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	return strings.Join(signatures, " "), nil
}
