// Package sdk is all that an adapter author sees.
package sdk
