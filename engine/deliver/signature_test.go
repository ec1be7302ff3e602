package deliver

import "testing"

// The vector: computed with OpenSSL from the platform's documented algorithm.
func TestSignVector(t *testing.T) {
	t.Parallel()
	if got, want := Sign([]byte("abcd1234efgh5678"), []byte("{}")), "sha256=LNWsomfuwn8E3vWBL9bcj0QZER7i5h2yFQM4aSaCdas="; got != want {
		t.Errorf("signature %s, want %s", got, want)
	}
}

func TestNoSignatureWithoutKey(t *testing.T) {
	t.Parallel()
	if got := header("x", "id", nil, []byte("{}")); got.Values("Elements-Webhook-Signature") != nil {
		t.Errorf("signed without a key: %v", got)
	}
}
