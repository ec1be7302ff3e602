package api

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/pollwright/pollwright/engine"
)

// countBucket is a bucket of GET /instances/events/analytics, in the platform's shape.
type countBucket struct {
	Count     int    `json:"count"`
	Timestamp string `json:"timestamp"`
}

// recordBucket is one of .../analytics/instances and .../analytics/accounts.
type recordBucket struct {
	Total     int           `json:"total"`
	Timestamp string        `json:"timestamp"`
	Records   []countRecord `json:"records"` // of those that have events
}

type countRecord struct {
	Count    int   `json:"count"`
	Success  int   `json:"success"`
	Failed   int   `json:"failed"`
	Instance int64 `json:"instanceId,omitempty"`
	Account  int64 `json:"accountId,omitempty"`
}

func stamp(t engine.Tally) string { return t.At.UTC().Format("2006-01-02T15:04:05Z") }

func (s *Server) tallies(c *fiber.Ctx, caller engine.Caller) ([]engine.Tally, error) {
	q := engine.AnalyticsQuery{From: c.Query("from"), To: c.Query("to"), Interval: c.Query("interval")}
	for _, name := range []string{"accountIds", "accountIds[]"} {
		for _, value := range c.Context().QueryArgs().PeekMulti(name) {
			q.Accounts = append(q.Accounts, strings.FieldsFunc(string(value), func(r rune) bool { return r == ',' || r == ' ' })...)
		}
	}
	return s.engine.Analytics(c.UserContext(), caller, q)
}

// countEvents answers GET /instances/events/analytics.
func (s *Server) countEvents(c *fiber.Ctx, caller engine.Caller) error {
	tallies, err := s.tallies(c, caller)
	if err != nil {
		return err
	}
	list := make([]countBucket, len(tallies))
	for i, t := range tallies {
		list[i] = countBucket{t.Count, stamp(t)}
	}
	return answer(c, fiber.StatusOK, list)
}

// countEventsBy answers GET /instances/events/analytics/instances and .../accounts.
func (s *Server) countEventsBy(records func(engine.Tally, engine.Caller) []countRecord) func(*fiber.Ctx, engine.Caller) error {
	return func(c *fiber.Ctx, caller engine.Caller) error {
		tallies, err := s.tallies(c, caller)
		if err != nil {
			return err
		}
		list := make([]recordBucket, len(tallies))
		for i, t := range tallies {
			list[i] = recordBucket{t.Count, stamp(t), records(t, caller)}
		}
		return answer(c, fiber.StatusOK, list)
	}
}

func perInstance(t engine.Tally, _ engine.Caller) []countRecord {
	list := make([]countRecord, len(t.Instances))
	for i, of := range t.Instances {
		list[i] = countRecord{Count: of.Count, Success: of.Success, Failed: of.Failed, Instance: of.Instance}
	}
	return list
}

// perAccount has one record at most: an account is the caller's organization.
func perAccount(t engine.Tally, caller engine.Caller) []countRecord {
	sum := countRecord{Account: caller.Organization}
	for _, of := range t.Instances {
		sum.Count, sum.Success, sum.Failed = sum.Count+of.Count, sum.Success+of.Success, sum.Failed+of.Failed
	}
	if sum.Count == 0 {
		return []countRecord{}
	}
	return []countRecord{sum}
}
