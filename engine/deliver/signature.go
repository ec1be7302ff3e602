package deliver

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
)

// The headers of a notification. The first two are the platform's, the third is that of Standard Webhooks.
const (
	headerID        = "Elements-Webhook-Id"
	headerSignature = "Elements-Webhook-Signature"
	headerWebhookID = "Webhook-Id"
)

// Sign is the value of Elements-Webhook-Signature: "sha256=" and the standard base64 of HMAC-SHA256 over the raw body, keyed with the
// bytes of the configured key, as the platform documents it and churros recomputes it.
func Sign(key, body []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write(body)
	return "sha256=" + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func header(userAgent, id string, key, body []byte) http.Header {
	h := http.Header{
		"Content-Type":  {"application/json"},
		"User-Agent":    {userAgent},
		headerID:        {id},
		headerWebhookID: {id},
	}
	if len(key) > 0 {
		h[headerSignature] = []string{Sign(key, body)}
	}
	return h
}
