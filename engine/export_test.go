package engine

import (
	"context"

	"github.com/pollwright/pollwright/engine/credential"
	"github.com/pollwright/pollwright/engine/schedule"
)

// DropWebhookSecret makes an instance one of before there were such secrets.
func (e *Engine) DropWebhookSecret(id int64) error {
	return e.credentials.Amend(context.Background(), credentialRef(idText(id)), func(values map[string]credential.Secret) error {
		delete(values, keyWebhookSecret)
		return nil
	})
}

// Scheduled is how many resources are on the schedule.
func (e *Engine) Scheduled() int { return e.scheduler.Len() }

// Snapshot is what the scheduler does now.
func (e *Engine) Snapshot() schedule.Snapshot { return e.scheduler.Snapshot() }

// Streaks is how many resources have a streak of failures in memory.
func (e *Engine) Streaks() int {
	e.streaks.mu.Lock()
	defer e.streaks.mu.Unlock()
	return len(e.streaks.all)
}

// Held is how many instances have polls that wait for their callback, or for the disk.
func (e *Engine) Held() int { return len(e.held.instances()) }
