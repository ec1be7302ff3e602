package engine

import (
	"context"
	"errors"

	"github.com/pollwright/pollwright/engine/credential"
)

// Secret never prints.
type Secret = credential.Secret

// Keys is what may be told of the keys that seal the data folder.
type Keys struct {
	// MasterKey is where the master key comes from: "file", which the server rewrites itself, or "given" from outside at each start.
	MasterKey string `json:"masterKey"`
	// Unproven: the next start needs the master key of the last rotation; until then the one before opens the folder, too.
	Unproven bool `json:"unproven"`
	// Outdated: this start had the master key of before the last rotation.
	Outdated bool      `json:"outdated"`
	DataKeys []DataKey `json:"dataKeys"` // oldest first
}

// DataKey is one of the keys that seal secrets. Those that seal nothing new are kept for what they have sealed.
type DataKey struct {
	ID      uint32 `json:"id"`
	Primary bool   `json:"primary"`
}

// KeyRotation is what RotateKeys changes.
type KeyRotation struct {
	MasterKey Secret // 32 bytes as base64 text; "" = a random one, if the master key lies in a file
	DataKey   bool   // seal with a new data key, too, from now on
}

// Keys tells of the keys. Error: *ForbiddenError.
func (e *Engine) Keys(_ context.Context, caller Caller) (Keys, error) {
	if caller.Role != RoleServer {
		return Keys{}, notServer
	}
	s := e.vault.State()
	k := Keys{MasterKey: "file", Unproven: s.Unproven, Outdated: s.Outdated, DataKeys: make([]DataKey, len(s.DataKeys))}
	if s.Given {
		k.MasterKey = "given"
	}
	for i, id := range s.DataKeys {
		k.DataKeys[i] = DataKey{id, id == s.Primary}
	}
	return k, nil
}

// RotateKeys puts another master key in the place of the present one, while everything goes on. Cut short at any moment, it leaves a folder that
// opens with one of the two. Errors: *ForbiddenError, *ConflictError, *instance.InvalidError.
func (e *Engine) RotateKeys(ctx context.Context, caller Caller, r KeyRotation) (Keys, error) {
	if caller.Role != RoleServer {
		return Keys{}, notServer
	}
	err := e.vault.Rotate(credential.Rotation{Master: []byte(r.MasterKey.Reveal()), DataKey: r.DataKey})
	switch {
	case errors.Is(err, credential.ErrBadMaster):
		return Keys{}, invalid("masterKey", "should be 32 bytes in base64, 44 characters; `openssl rand -base64 32` makes one")
	case errors.Is(err, credential.ErrMasterNeeded):
		return Keys{}, invalid("masterKey", "is required: this server was given its master key at the start, and has no file to put a new one into")
	case errors.Is(err, credential.ErrSameMaster):
		return Keys{}, invalid("masterKey", "is the present master key: give another one")
	case errors.Is(err, credential.ErrUnproven):
		return Keys{}, &ConflictError{"the master key of the last rotation was not used for a start yet: start the server with it first, which shows that it is kept where it has to be"}
	case err != nil:
		return Keys{}, err
	}
	detail := "master key"
	if r.DataKey {
		detail = "master key, and a new data key"
	}
	e.note(ctx, caller, "keys.rotate", "keys", detail)
	e.log.Info("master key rotated", "dataKey", r.DataKey, "user", caller.User)
	return e.Keys(ctx, caller)
}
