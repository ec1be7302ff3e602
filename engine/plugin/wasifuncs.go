package plugin

import (
	"strings"

	"github.com/tetratelabs/wazero/api"
)

// wasiParams lists the functions of WASI preview 1 with their parameters, i for i32 and I for i64
// (WASI repository, legacy/preview1/docs.md; a test compares it with wazero's own).
var wasiParams = map[string]string{
	"args_get": "ii", "args_sizes_get": "ii", "clock_res_get": "ii", "clock_time_get": "iIi", "environ_get": "ii", "environ_sizes_get": "ii",
	"fd_advise": "iIIi", "fd_allocate": "iII", "fd_close": "i", "fd_datasync": "i", "fd_fdstat_get": "ii", "fd_fdstat_set_flags": "ii",
	"fd_fdstat_set_rights": "iII", "fd_filestat_get": "ii", "fd_filestat_set_size": "iI", "fd_filestat_set_times": "iIIi",
	"fd_pread": "iiiIi", "fd_prestat_dir_name": "iii", "fd_prestat_get": "ii", "fd_pwrite": "iiiIi", "fd_read": "iiii", "fd_readdir": "iiiIi",
	"fd_renumber": "ii", "fd_seek": "iIii", "fd_sync": "i", "fd_tell": "ii", "fd_write": "iiii",
	"path_create_directory": "iii", "path_filestat_get": "iiiii", "path_filestat_set_times": "iiiiIIi", "path_link": "iiiiiii",
	"path_open": "iiiiiIIii", "path_readlink": "iiiiii", "path_remove_directory": "iii", "path_rename": "iiiiii", "path_symlink": "iiiii",
	"path_unlink_file": "iii", "poll_oneoff": "iiii", "proc_exit": "i", "proc_raise": "i", "random_get": "ii", "sched_yield": "",
	"sock_accept": "iii", "sock_recv": "iiiiii", "sock_send": "iiiii", "sock_shutdown": "ii",
}

// wasiNoResult names the functions that return no error number.
var wasiNoResult = map[string]bool{"proc_exit": true}

// wasiCalls are the functions that do something.
var wasiCalls = map[string]wasiFunc{
	"args_get": wasiNothing, "args_sizes_get": wasiNone, "environ_get": wasiNothing, "environ_sizes_get": wasiNone,
	"clock_res_get": wasiClockRes, "clock_time_get": wasiClock, "fd_write": wasiWrite, "poll_oneoff": wasiPoll,
	"proc_exit": wasiExit, "random_get": wasiRandom, "sched_yield": wasiNothing,
}

func wasiKnows(name string) bool {
	_, ok := wasiParams[name]
	return ok
}

// wasiCall returns the function, or one that answers "no such descriptor" or "no such function".
func wasiCall(name string) wasiFunc {
	if f, ok := wasiCalls[name]; ok {
		return f
	}
	answer := uint64(errnoNosys)
	if strings.HasPrefix(name, "fd_") || strings.HasPrefix(name, "sock_") {
		answer = errnoBadf
	}
	return func(*world, api.Memory, []uint64) uint64 { return answer }
}
