// Pollwright polls APIs that cannot notify, and delivers what was created, updated or deleted there as events. See engine/doc.go for where
// to start reading, and `pollwright help` for its commands.
package main

import (
	"os"

	"github.com/pollwright/pollwright/server/command"
)

func main() {
	os.Exit(command.Main())
}
