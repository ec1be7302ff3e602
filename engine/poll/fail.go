package poll

import "context"

// Fail journals a poll that could not even begin. The job needs no more than its instance and resource.
func (p *Poller) Fail(ctx context.Context, job Job, err error) Outcome {
	out := newOutcome(job, p.Now())
	out.end(p.Now(), err)
	p.Journal.setSteady(job, false)
	if p.Judge != nil {
		p.Judge(ctx, job, &out)
	}
	p.Journal.Record(ctx, out)
	return out
}
