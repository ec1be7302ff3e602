// Package beside has what tests of several packages need around them: other processes that end with the test, addresses for them, the machine
// code of adapters that is compiled once, and tables of figures. Only tests import it.
package beside
