package deliver

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"time"
)

// The headers of a notification. The first two are the platform's, the others those of Standard Webhooks.
const (
	headerID               = "Elements-Webhook-Id"
	headerSignature        = "Elements-Webhook-Signature"
	headerWebhookID        = "Webhook-Id"
	headerWebhookTime      = "Webhook-Timestamp"
	headerWebhookSignature = "Webhook-Signature"
)

// Sign is the value of Elements-Webhook-Signature: "sha256=" and the standard base64 of HMAC-SHA256 over the raw body, keyed with the
// bytes of the configured key, as the platform documents it and churros recomputes it.
func Sign(key, body []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write(body)
	return "sha256=" + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// header is what goes with one attempt. The timestamp is the attempt's own: receivers refuse what is older than a few minutes. An error
// says that a secret cannot be read; nothing is sent unsigned then.
func (t Target) header(userAgent, id, contentType string, at time.Time, body []byte) (http.Header, error) {
	h := http.Header{"User-Agent": {userAgent}}
	for name, values := range t.Headers {
		h[http.CanonicalHeaderKey(name)] = values
	}
	if t.Username != "" {
		h["Authorization"] = []string{basic(t.Username, t.Password)}
	}
	h["Content-Type"] = []string{contentType}
	h[headerID], h[headerWebhookID] = []string{id}, []string{id}
	h[headerWebhookTime] = []string{strconv.FormatInt(at.Unix(), 10)}
	if len(t.SignatureKey) > 0 {
		h[headerSignature] = []string{Sign(t.SignatureKey, body)}
	}
	if len(t.WebhookSecrets) > 0 {
		signature, err := SignWebhook(t.WebhookSecrets, id, at, body)
		if err != nil {
			return nil, err
		}
		h[headerWebhookSignature] = []string{signature}
	}
	return h, nil
}
