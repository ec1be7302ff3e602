package credential

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"
)

// A stream comes back as it was, and nothing of it once it was changed, cut or made longer, or with another context.
func TestStream(t *testing.T) {
	t.Parallel()
	v := open(t, VaultConfig{Dir: dataDir(t)})
	k, sealedKey, err := v.NewStreamKey([]byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	text := bytes.Repeat([]byte(canary), 3<<20/len(canary))
	var sealed bytes.Buffer
	w, err := k.Seal(&sealed, []byte("head"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed.Bytes(), []byte(canary)) {
		t.Fatal("the text is in clear")
	}
	k, err = v.OpenStreamKey(sealedKey, []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	openStream := func(from io.Reader, context string) ([]byte, error) {
		r, err := k.Open(from, []byte(context))
		if err != nil {
			return nil, err
		}
		return io.ReadAll(r)
	}
	whole := sealed.Bytes()
	if got, err := openStream(bytes.NewReader(whole), "head"); err != nil || !bytes.Equal(got, text) {
		t.Fatalf("%d bytes of %d, %v", len(got), len(text), err)
	}
	for name, bad := range map[string][]byte{
		"nothing": {}, "a part": whole[:7], "one byte less": whole[:len(whole)-1], "a piece less": whole[:2*streamSegment], "a byte more": append(bytes.Clone(whole), 0),
		"begins otherwise": changed(whole, 0), "changed": changed(whole, len(whole)/2), "ends otherwise": changed(whole, len(whole)-1),
	} {
		if _, err := openStream(bytes.NewReader(bad), "head"); !errors.Is(err, ErrUnreadable) {
			t.Errorf("%s: %v, want ErrUnreadable", name, err)
		}
	}
	if _, err := openStream(bytes.NewReader(whole), "heat"); !errors.Is(err, ErrUnreadable) {
		t.Errorf("another context: %v", err)
	}
	if _, err := openStream(iotest.TimeoutReader(bytes.NewReader(whole)), "head"); !errors.Is(err, iotest.ErrTimeout) || errors.Is(err, ErrUnreadable) {
		t.Errorf("a disk that fails: %v, want its own error", err)
	}
	if _, err := v.OpenStreamKey(sealedKey, []byte("y")); !errors.Is(err, ErrUnreadable) {
		t.Errorf("a key of another context: %v", err)
	}
}

func changed(text []byte, at int) []byte {
	other := bytes.Clone(text)
	other[at] ^= 1
	return other
}

// Exported keys make a vault elsewhere with the master key, whatever rotations there were, and with no other.
func TestExportedKeysOpenElsewhere(t *testing.T) {
	t.Parallel()
	c := VaultConfig{Dir: dataDir(t)}
	v := open(t, c)
	want := storeKey(t, v)
	early, err := v.Seal([]byte("early"), []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Rotate(Rotation{DataKey: true}); err != nil {
		t.Fatal(err)
	}
	late, err := v.Seal([]byte("late"), []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	keyset, sealed, err := v.Export()
	if err != nil {
		t.Fatal(err)
	}
	other := VaultConfig{Dir: filepath.Join(t.TempDir(), "other")}
	if _, err := ImportVault(other, keyset, sealed); !errors.Is(err, ErrMasterKey) {
		t.Errorf("without a master key: %v", err)
	}
	other.Master = newMaster()
	if _, err := ImportVault(other, keyset, sealed); !errors.Is(err, ErrMasterKey) {
		t.Errorf("with another master key: %v", err)
	}
	if _, err := os.Stat(other.Dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a refused import leaves %v", err)
	}
	other.Master, other.MasterFile = nil, DefaultMasterFile(c.Dir)
	for n := range 2 {
		again, err := ImportVault(other, keyset, sealed)
		if n == 1 {
			if !errors.Is(err, fs.ErrExist) {
				t.Errorf("a second import: %v", err)
			}
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(storeKey(t, again), want) {
			t.Error("another store key")
		}
		for text, sealed := range map[string][]byte{"early": early, "late": late} {
			if plain, err := again.Open(sealed, []byte("x")); err != nil || string(plain) != text {
				t.Errorf("%s: %q, %v", text, plain, err)
			}
		}
	}
}
