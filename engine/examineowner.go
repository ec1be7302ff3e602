package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
)

// examineOwner looks whether all of the data folder belongs to this user. What a start as root makes, the server's own user cannot open at the next.
func examineOwner(c Config) Finding {
	const name = "owner"
	if _, there := nearestFolder(c.Dir); !there {
		return fine(name, "%s is not there; the first start makes it", c.Dir)
	}
	me := os.Geteuid()
	var foreign []string
	owner := me
	err := filepath.WalkDir(c.Dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // a running server removes files
		}
		if err != nil {
			return err
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		if uid, known := ownerOf(info); known && uid != me {
			owner, foreign = uid, append(foreign, path)
		}
		return nil
	})
	switch {
	case err != nil:
		return Finding{name, HealthFail, err.Error(), "run this as the user that the server runs as; chown -R the data folder to that one"}
	case len(foreign) == 0:
		return fine(name, "%s, of all of it", userText(me))
	}
	return Finding{name, HealthWarn, fmt.Sprintf("%s belongs to %s, and so do %d more; this is %s", foreign[0], userText(owner), len(foreign)-1, userText(me)),
		fmt.Sprintf("run this as the user that the server runs as; if it is that one, chown -R %s %s", userText(me), c.Dir)}
}

// userText is a user's name, or its number if it has none here.
func userText(uid int) string {
	number := strconv.Itoa(uid)
	if u, err := user.LookupId(number); err == nil {
		return u.Username
	}
	return number
}
