package plugin

import (
	"context"
	"errors"
	"fmt"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/pollwright/pollwright/engine/plugin/meter"
)

// wasiModule is the only module that may be imported from.
const wasiModule = "wasi_snapshot_preview1"

// checkShape refuses a module for what the compiler would accept, and its imports. The error is a *ModuleError.
func checkShape(wasm []byte) error {
	imports, err := meter.Check(wasm)
	if err != nil {
		return &ModuleError{err.Error()}
	}
	for _, i := range imports {
		switch {
		case i.Module != wasiModule:
			return &ModuleError{fmt.Sprintf("it imports %q.%q; only functions of %s may be imported", i.Module, i.Name, wasiModule)}
		case !wasiKnows(i.Name):
			return &ModuleError{fmt.Sprintf("it imports %q, which is not a function of %s", i.Name, wasiModule)}
		}
	}
	return nil
}

// slice is the fuel of one turn. When it is gone the host looks whether the call may go on; meanwhile neither the scheduler nor the
// garbage collector can stop the guest.
const slice = 200_000

// instantiateHost gives a runtime all that modules may import.
func instantiateHost(ctx context.Context, r wazero.Runtime) error {
	if err := errors.Join(instantiateWASI(ctx, r), instantiateTick(ctx, r)); err != nil {
		return fmt.Errorf("host functions: %w", err)
	}
	return nil
}

// instantiateTick gives it the import that metered modules have.
func instantiateTick(ctx context.Context, r wazero.Runtime) error {
	i64 := []api.ValueType{api.ValueTypeI64}
	_, err := r.NewHostModuleBuilder(meter.TickModule).NewFunctionBuilder().WithGoFunction(api.GoFunc(func(ctx context.Context, stack []uint64) {
		stack[0] = uint64(worldOf(ctx).refuel(ctx, int64(stack[0])))
	}), i64, i64).Export(meter.TickName).Instantiate(ctx)
	return err
}

// interrupted unwinds a guest whose call is over.
type interrupted struct{ cause error }

func (i interrupted) Error() string { return "interrupted: " + i.cause.Error() }

// errNoFuel is the cause of a call that spent all it had.
var errNoFuel = errors.New("out of fuel")

// attend ends a call that is over. A slice of fuel may hold as many questions to the host as turns of a loop, and some take long: the end of the
// slice is too late to look.
func (w *world) attend(ctx context.Context) {
	if err := ctx.Err(); err != nil {
		panic(interrupted{err})
	}
}

// spend charges what the host does for the guest.
func (w *world) spend(fuel int64) {
	if fuel >= w.fuel {
		panic(interrupted{errNoFuel})
	}
	w.fuel -= fuel
}

// refuel gives the guest a slice more, on top of what it owes (left is below zero).
func (w *world) refuel(ctx context.Context, left int64) int64 {
	if err := ctx.Err(); err != nil {
		panic(interrupted{err})
	}
	owed := max(-left, 0)
	if owed >= w.fuel {
		panic(interrupted{errNoFuel})
	}
	give := min(owed+slice, w.fuel)
	w.fuel -= give
	return left + give
}
