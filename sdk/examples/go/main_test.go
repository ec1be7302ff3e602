package main

import (
	"testing"

	"github.com/pollwright/pollwright/sdk"
	"github.com/pollwright/pollwright/sdk/sdktest"
)

// testdata is the folder of the golden cases and the provider's answers in them.
const testdata = "../testdata"

func TestCases(t *testing.T) {
	t.Parallel()
	sdktest.Run(t, sdktest.Native(adapter{}), testdata+"/cases", testdata+"/bodies")
}

func TestContract(t *testing.T) {
	t.Parallel()
	sdktest.Contract(t, sdktest.Native(adapter{}),
		sdk.Call{Query: sdk.Query{Resource: items}},
		sdk.Call{Query: sdk.Query{Resource: shelves}})
}
