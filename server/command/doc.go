// Package command is the command line: it turns flags, environment and a config file into the configs of the other packages, wires them
// together, and ends the process in order. It holds no logic of its own.
//
// It is the only package that reads the environment. It must never write a secret to the log; the first start shows the secrets it made
// once, on standard output.
//
// It is called by main.
package command
