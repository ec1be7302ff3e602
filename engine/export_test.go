package engine

import "github.com/pollwright/pollwright/engine/schedule"

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
