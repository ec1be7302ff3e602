package badgerstore

import "errors"

// ErrInUse is wrapped by Open's error when another process, or another Store of this one, has the folder.
var ErrInUse = errors.New("the folder is in use by another process")

// ErrWrongKey is wrapped by Open's error when the key is not that of the folder. Nothing in the folder was changed.
var ErrWrongKey = errors.New("the key does not fit this folder")

// ErrDamaged is wrapped by Open's error when bytes of the folder were changed or are missing. Nothing in the folder was changed.
var ErrDamaged = errors.New("the file is damaged")

// ErrFull is wrapped by the errors of Open, and of a store that has failed, when the disk has no room. Nothing is lost.
var ErrFull = errors.New("the disk is full")
