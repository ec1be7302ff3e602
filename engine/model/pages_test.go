package model

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/pollwright/pollwright/engine/poll"
	"github.com/pollwright/pollwright/sdk"
)

// sorted are the visible rows in the provider's order.
func (p *provider) sorted() []*state {
	if p.rows != nil {
		return p.rows
	}
	p.rows = make([]*state, 0, len(p.objects))
	for _, o := range p.all {
		if o.visible != nil {
			p.rows = append(p.rows, o.visible)
		}
	}
	slices.SortFunc(p.rows, func(a, b *state) int { return p.compare(p.place(a), p.place(b)) })
	return p.rows
}

// place is where a row sorts: by the key, then by the id.
type place struct{ key, index int64 }

func (p *provider) compare(a, b place) int {
	return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.index, b.index))
}

func (p *provider) place(s *state) place {
	index := int64(s.object.index)
	switch p.order {
	case newestFirst:
		return place{-s.updated, index}
	case oldestFirst:
		return place{s.updated, index}
	case byInsertion:
		return place{0, index}
	}
	return place{index * 0x9E3779B1 % 1_000_003, index}
}

// matching are the rows that the provider gives for the window.
func (p *provider) matching() []*state {
	if p.filtering == unfiltered {
		return p.sorted()
	}
	var rows []*state
	for _, s := range p.sorted() {
		date := s.updated
		if p.filtering == filteredText {
			_, date = p.instants(date)
		}
		if date >= p.since {
			rows = append(rows, s)
		}
	}
	return rows
}

// Step is the adapter: one request for a page.
func (p *provider) Step(_ context.Context, call sdk.Call) (sdk.Reply, error) {
	if call.Response == nil {
		p.query = call.Query
		p.since, _ = strconv.ParseInt(call.Query.Where[0].Value, 10, 64)
		return sdk.Reply{Fetch: &sdk.Fetch{Path: "/records"}}, nil
	}
	switch t, ok := p.trouble[p.requests]; {
	case ok && t == faultReply:
		return sdk.Faultf(sdk.FaultTransient, "try later"), nil
	case ok && t == refused:
		return sdk.Faultf(sdk.FaultInvalid, "unknown page"), nil
	case ok && t == trap:
		return sdk.Reply{}, errBroken
	}
	return sdk.Reply{Page: &p.page}, nil
}

// Send is the network and the provider behind it.
func (p *provider) Send(ctx context.Context, _ sdk.Fetch) (poll.Answer, error) {
	p.requests++
	p.advance(p.now.Add(p.noisy()))
	t, bad := p.trouble[p.requests]
	switch {
	case bad && t == unreachable:
		return poll.Answer{}, &poll.FaultError{Kind: poll.KindNetwork, Message: errBroken.Error()}
	case bad && t == stop:
		p.stop()
		return poll.Answer{}, ctx.Err()
	}
	p.placeEdges()
	answer := poll.Answer{Response: sdk.Response{Status: 200, Body: p.serve()}, Generation: 1}
	if p.dateHeader {
		answer.Date = p.now.Add(p.skew).Truncate(time.Second)
	}
	if bad && t == garbage {
		answer.Response.Body = answer.Response.Body[:len(answer.Response.Body)-1]
	}
	p.advance(p.now.Add(p.noisy()))
	return answer, nil
}

func (p *provider) noisy() time.Duration { return span(p.noise, p.latency/2) }

// Renew implements poll.Provider.
func (*provider) Renew(context.Context, uint64) error { return poll.ErrNotRenewable }

// serve makes the page that was asked for.
func (p *provider) serve() []byte {
	p.moment++
	p.to = reading{p.moment, p.shows}
	if p.query.Page == "" {
		p.from, p.began = p.to, p.moment
	}
	rows := p.matching()
	p.page = sdk.Page{Records: sdk.Records{Select: &sdk.Select{At: "/items"}}}
	if p.paging == cursors {
		rows = p.cut(rows)
	} else {
		rows = p.slice(rows)
	}
	body := []byte(`{"items":[`)
	for i, s := range rows {
		if i > 0 {
			body = append(body, ',')
		}
		body = append(body, s.raw...)
		s.early = s.early || !p.first
	}
	p.read += len(rows)
	return append(body, "]}"...)
}

// slice is a page by row number; the next one begins with this one's last row.
func (p *provider) slice(rows []*state) []*state {
	offset, _ := strconv.Atoi(p.query.Page)
	end := min(offset+p.pageSize, len(rows))
	p.page.Overlap = 1
	if p.paging == countOffsets {
		total := int64(len(rows))
		p.page.Total = &total
	}
	if end < len(rows) {
		p.page.Next = strconv.Itoa(end - 1)
	} else {
		p.page.Overlap = 0
	}
	return rows[min(offset, len(rows)):end]
}

// cut is a page behind a cursor, which is the place of the last row.
func (p *provider) cut(rows []*state) []*state {
	if p.query.Page != "" {
		var after place
		if err := json.Unmarshal([]byte(p.query.Page), &[]*int64{&after.key, &after.index}); err != nil {
			panic(err)
		}
		i, _ := slices.BinarySearchFunc(rows, after, func(s *state, at place) int {
			return cmp.Or(p.compare(p.place(s), at), -1)
		})
		rows = rows[i:]
	}
	if len(rows) > p.pageSize {
		rows = rows[:p.pageSize]
		last := p.place(rows[len(rows)-1])
		p.page.Next = fmt.Sprintf("[%d,%d]", last.key, last.index)
	}
	return rows
}
