package command

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/cobra"
)

// prefix of environment variables: --log-level is POLLWRIGHT_LOG_LEVEL.
const prefix = "POLLWRIGHT_"

// Variables with secrets. There are no flags for them, since every user of a machine can read the arguments of a process, and no keys of
// the config file, which gets copied around.
const (
	envMasterKey          = prefix + "MASTER_KEY"
	envOrganizationSecret = prefix + "ORGANIZATION_SECRET"
	envUserSecret         = prefix + "USER_SECRET"
)

// settled reads all settings of serve and judges them. Errors are usage errors.
func (o *options) settled(c *cobra.Command) (s secrets, warnings []string, err error) {
	unread, err := settle(c, o, os.Environ)
	if err == nil {
		err = o.check()
	}
	if err != nil {
		return s, nil, usageError{err}
	}
	if s, warnings, err = readSecrets(os.Getenv); err != nil {
		return s, nil, usageError{err}
	}
	return s, append(unread, warnings...), nil
}

// settle completes the flags that the command line left out: from the environment, else from the config file; what is in neither keeps its
// default. It tells of variables with our prefix that nothing reads, which are no error: container platforms invent some.
func settle(c *cobra.Command, o *options, environ func() []string) (unread []string, err error) {
	mark(c, fromFlag)
	environment := koanf.New("/") // no path of keys: nothing here is nested
	if err := environment.Load(env.Provider("/", env.Opt{Prefix: prefix, EnvironFunc: environ}), nil); err != nil {
		return nil, fmt.Errorf("environment: %w", err)
	}
	for _, name := range environment.Keys() {
		if slices.Contains([]string{envMasterKey, envOrganizationSecret, envUserSecret, envURL, envNewMasterKey}, name) {
			continue // read elsewhere, or by other commands
		}
		value := environment.String(name)
		if !known(c, flagOf(name)) {
			unread = append(unread, fmt.Sprintf("the environment variable %s is not known and not read%s", name, meantVariable(name, c)))
			continue
		}
		if value == "" { // as good as not set
			continue
		}
		if err := set(c, flagOf(name), value, name); err != nil {
			return nil, err
		}
	}
	mark(c, fromEnvironment)
	err = readFile(c, o.configFile)
	mark(c, fromFile)
	return unread, err
}

func readFile(c *cobra.Command, path string) error {
	if path == "" {
		return nil
	}
	settings := koanf.New("/")
	if err := settings.Load(file.Provider(path), yaml.Parser()); err != nil {
		return fmt.Errorf("config file %s: %w", path, err)
	}
	var faults []error
	for _, key := range settings.Keys() {
		switch value := settings.Get(key); {
		case slices.Contains([]string{envMasterKey, envOrganizationSecret, envUserSecret}, variableOf(key)):
			faults = append(faults, fmt.Errorf("config file %s: %s is a secret: give it as the environment variable %s", path, key, variableOf(key)))
		case !known(c, key) || key == "config":
			faults = append(faults, fmt.Errorf("config file %s: there is no setting %q%s; the names are those of the flags", path, key, meant(key, flags(c))))
		case value == nil: // "plugins:" with nothing behind it
		default:
			faults = append(faults, set(c, key, plain(value), "config file "+path+": "+key))
		}
	}
	return errors.Join(faults...)
}

// plain writes a value of the file as the command line has it: a list with commas.
func plain(value any) string {
	list, ok := value.([]any)
	if !ok {
		return fmt.Sprint(value)
	}
	texts := make([]string, len(list))
	for i, v := range list {
		texts[i] = fmt.Sprint(v)
	}
	return strings.Join(texts, ",")
}

func known(c *cobra.Command, flag string) bool { return !local[flag] && c.Flags().Lookup(flag) != nil }

// set gives a flag a value, unless something that comes first has given it one. The flag's own parser judges the text.
func set(c *cobra.Command, flag, value, source string) error {
	if c.Flags().Changed(flag) {
		return nil
	}
	if err := c.Flags().Set(flag, value); err != nil {
		return fmt.Errorf("%s: %w", source, err)
	}
	return nil
}

func flagOf(variable string) string {
	return strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(variable, prefix), "_", "-"))
}

func variableOf(flag string) string {
	return prefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// secrets are what only the environment may hold. They never print.
type secrets struct{ masterKey, organization, user string }

// String and GoString keep secrets out of messages.
func (secrets) String() string   { return "********" }
func (secrets) GoString() string { return "********" }

// leastSecret is how many characters a given secret should have, so that its stored hash cannot be guessed.
const leastSecret = 16

// readSecrets checks that what was given can be sent in an Authorization header. Short ones are accepted, with a warning.
func readSecrets(getenv func(string) string) (s secrets, warnings []string, err error) {
	s = secrets{getenv(envMasterKey), getenv(envOrganizationSecret), getenv(envUserSecret)}
	var faults []error
	if (s.organization == "") != (s.user == "") {
		faults = append(faults, fmt.Errorf("%s and %s go together: set both or none", envOrganizationSecret, envUserSecret))
	}
	for name, value := range map[string]string{envOrganizationSecret: s.organization, envUserSecret: s.user} {
		switch {
		case value == "":
		case strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r == ',' || r > '~' }):
			faults = append(faults, fmt.Errorf("%s should hold visible ASCII characters without a comma, as it travels in a header", name))
		case len(value) < leastSecret:
			warnings = append(warnings, fmt.Sprintf("%s is shorter than %d characters and can be guessed", name, leastSecret))
		}
	}
	slices.Sort(warnings)
	return s, warnings, errors.Join(faults...)
}
