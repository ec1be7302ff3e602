// Package poll is ONE POLL: read the checkpoint, let the adapter and the provider talk page by page, detect what changed, and commit
// checkpoint and notifications together. Package schedule says when, package engine brings the parts. A poll that fails or is stopped
// leaves things as they were at its last commit; it never moves a mark over something that was not read.
package poll
