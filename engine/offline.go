package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pollwright/pollwright/engine/store/badgerstore"
)

// ErrInUse: another process has the data folder.
var ErrInUse = badgerstore.ErrInUse

// Offline is the data folder of a stopped server, open for its organizations, users, keys and a backup, in the name of whoever runs the server. Nothing is
// polled or delivered. Its calls are those of Engine, without a caller.
type Offline struct {
	engine   *Engine // with a store and a vault only
	operator Caller
}

// OpenOffline opens the data folder of a stopped server; it makes none. Of the config it needs Dir, MasterFile, MasterKey and Logger. Errors:
// ErrInUse, fs.ErrNotExist.
func OpenOffline(ctx context.Context, config Config) (*Offline, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("engine config: %w", err)
	}
	if _, err := os.Stat(filepath.Join(config.Dir, "keyset.json")); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is not the data folder of a server: %w", config.Dir, err)
	}
	e := &Engine{config: config, log: config.Logger}
	err = e.openStore(ctx)
	if err == nil {
		err = e.markFirst(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, e.Close(ctx))
	}
	first, err := e.firstOf(ctx, kindOrganization)
	if err != nil {
		return nil, errors.Join(err, e.Close(ctx))
	}
	return &Offline{e, Caller{Organization: first.ID, Role: RoleServer, From: "command line"}}, nil
}

// Close closes the folder.
func (o *Offline) Close(ctx context.Context) error { return o.engine.Close(ctx) }

// CreateOrganization is Engine's.
func (o *Offline) CreateOrganization(ctx context.Context, name string) (Organization, error) {
	return o.engine.CreateOrganization(ctx, o.operator, name)
}

// Organizations is Engine's.
func (o *Offline) Organizations(ctx context.Context, cursor string, n int) ([]Organization, string, error) {
	return o.engine.Organizations(ctx, o.operator, cursor, n)
}

// RotateOrganizationSecret is Engine's.
func (o *Offline) RotateOrganizationSecret(ctx context.Context, id int64, overlap string) (RotatedSecret, error) {
	return o.engine.RotateOrganizationSecret(ctx, o.operator, id, overlap)
}

// RemoveOrganization is Engine's.
func (o *Offline) RemoveOrganization(ctx context.Context, id int64) error {
	return o.engine.RemoveOrganization(ctx, o.operator, id)
}

// CreateUser is Engine's; a user of no named organization is of the first.
func (o *Offline) CreateUser(ctx context.Context, draft UserDraft) (User, error) {
	return o.engine.CreateUser(ctx, o.operator, draft)
}

// Users is Engine's.
func (o *Offline) Users(ctx context.Context, organization int64, cursor string, n int) ([]User, string, error) {
	return o.engine.Users(ctx, o.operator, organization, cursor, n)
}

// RotateUserSecret is Engine's.
func (o *Offline) RotateUserSecret(ctx context.Context, id int64, overlap string) (RotatedSecret, error) {
	return o.engine.RotateUserSecret(ctx, o.operator, id, overlap)
}

// RemoveUser is Engine's.
func (o *Offline) RemoveUser(ctx context.Context, id int64) error {
	return o.engine.RemoveUser(ctx, o.operator, id)
}

// Keys is Engine's.
func (o *Offline) Keys(ctx context.Context) (Keys, error) { return o.engine.Keys(ctx, o.operator) }

// RotateKeys is Engine's.
func (o *Offline) RotateKeys(ctx context.Context, r KeyRotation) (Keys, error) {
	return o.engine.RotateKeys(ctx, o.operator, r)
}

// Backup is Engine's.
func (o *Offline) Backup(ctx context.Context, w io.Writer) error {
	return o.engine.Backup(ctx, o.operator, w)
}
