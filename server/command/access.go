package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pollwright/pollwright/engine"
)

// Variables of the commands that ask a running server.
const (
	envURL          = prefix + "URL"
	envNewMasterKey = prefix + "NEW_MASTER_KEY"
)

// accounts is a server's organizations, users, keys and a copy of it all: a running server's through its API, or a stopped one's in its data folder.
type accounts interface {
	CreateOrganization(ctx context.Context, name string) (engine.Organization, error)
	Organizations(ctx context.Context, cursor string, n int) (list []engine.Organization, next string, err error)
	RotateOrganizationSecret(ctx context.Context, id int64, overlap string) (engine.RotatedSecret, error)
	RemoveOrganization(ctx context.Context, id int64) error
	CreateUser(ctx context.Context, draft engine.UserDraft) (engine.User, error)
	Users(ctx context.Context, organization int64, cursor string, n int) (list []engine.User, next string, err error)
	RotateUserSecret(ctx context.Context, id int64, overlap string) (engine.RotatedSecret, error)
	RemoveUser(ctx context.Context, id int64) error
	Keys(ctx context.Context) (engine.Keys, error)
	RotateKeys(ctx context.Context, r engine.KeyRotation) (engine.Keys, error)
	Backup(ctx context.Context, w io.Writer) error
	Close(ctx context.Context) error
}

// access is how a command gets at them.
type access struct {
	url, userFile, organizationFile string
	data, masterKeyFile, keyCommand string
	json                            bool
}

// accessHelp is the end of a command's long text.
const accessHelp = "A running server is asked through its API, at --url, with the secrets of a user from the environment:\n" +
	"  " + envUserSecret + ", " + envOrganizationSecret + "\n" +
	"or from files. The data folder of a stopped server is named with --data; its master key comes from the\n" +
	"flags and variables of `pollwright serve`."

func (a *access) define(c *cobra.Command) {
	f := c.PersistentFlags()
	f.StringVar(&a.url, "url", "", "address of the running server (default http://127.0.0.1:8080, or "+envURL+")")
	f.StringVar(&a.userFile, "user-secret-file", "", "file with the user secret, in place of "+envUserSecret)
	f.StringVar(&a.organizationFile, "organization-secret-file", "", "file with the organization secret, in place of "+envOrganizationSecret)
	f.StringVar(&a.data, "data", "", "data folder of a stopped server, in place of a running one")
	f.StringVar(&a.masterKeyFile, "master-key-file", "", "with --data: file with the master key (default: the data folder's name + .master.key)")
	f.StringVar(&a.keyCommand, "master-key-command", "", "with --data: command that prints the master key")
	f.BoolVar(&a.json, "json", false, "print JSON, as the API answers it")
}

// open gets at the accounts. The caller closes them.
func (a *access) open(c *cobra.Command) (accounts, error) {
	if a.data != "" {
		return a.openFolder(c)
	}
	if a.masterKeyFile != "" || a.keyCommand != "" {
		return nil, usageError{errors.New("--master-key-file and --master-key-command go with --data: a running server has its master key")}
	}
	user, err := a.secret(a.userFile, "user-secret-file", envUserSecret)
	if err != nil {
		return nil, err
	}
	organization, err := a.secret(a.organizationFile, "organization-secret-file", envOrganizationSecret)
	if err != nil {
		return nil, err
	}
	r, err := newRemote(cmp.Or(a.url, os.Getenv(envURL), "http://127.0.0.1:8080"), user, organization)
	if err != nil {
		return nil, err
	}
	if r.open() {
		_, _ = fmt.Fprintf(c.ErrOrStderr(), "pollwright: warning: secrets travel unencrypted to %s\n", r.base)
	}
	return r, nil
}

func (a *access) openFolder(c *cobra.Command) (accounts, error) {
	if a.url != "" || a.userFile != "" || a.organizationFile != "" {
		return nil, usageError{errors.New("--data is of a stopped server, and --url, --user-secret-file and --organization-secret-file of a running one: give one kind")}
	}
	command, file := cmp.Or(a.keyCommand, os.Getenv(prefix+"MASTER_KEY_COMMAND")), cmp.Or(a.masterKeyFile, os.Getenv(prefix+"MASTER_KEY_FILE"))
	master, err := givenMaster(c.Context(), os.Getenv(envMasterKey), command, file)
	if err != nil {
		return nil, err
	}
	folder, err := engine.OpenOffline(c.Context(), engine.Config{
		Dir: a.data, MasterFile: file, MasterKey: []byte(master), SmallMemory: true, Logger: newLogger(c.ErrOrStderr(), "warn", "text"),
	})
	if errors.Is(err, engine.ErrInUse) {
		return nil, fmt.Errorf("a server is using %s: leave --data out, and give --url and the secrets of a user, to ask it; or stop it (%w)", a.data, err)
	}
	if err != nil {
		return nil, err
	}
	return folder, nil
}

// secret reads a secret of a file, else of the environment.
func (a *access) secret(path, flag, variable string) (string, error) {
	text := os.Getenv(variable)
	if path != "" {
		content, err := os.ReadFile(path)
		if err != nil {
			return "", fmt.Errorf("--%s: %w", flag, err)
		}
		text = strings.TrimSpace(string(content))
	}
	if text == "" {
		return "", usageError{fmt.Errorf("the server wants a user: set %s, or name a file with --%s; or name the data folder of a stopped server with --data", variable, flag)}
	}
	return text, nil
}

// with runs what a command does between the opening and the closing.
func (a *access) with(c *cobra.Command, do func(context.Context, accounts) error) (err error) {
	all, err := a.open(c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, all.Close(context.WithoutCancel(c.Context()))) }()
	return do(c.Context(), all)
}
