package console

import (
	"fmt"
	"strings"

	"github.com/pollwright/pollwright/engine"
)

// lettersView lists notifications that were given up.
type lettersView struct {
	Head head
	Rows []letterRow
	Next string
}

type letterRow struct {
	ID, Webhook string
	At          moment
	Attempts    int
	Answer      string
	Payload     string
}

func (v *visit) deadLetters() (page, error) {
	in, h, err := v.headed("deadletters")
	if err != nil {
		return page{}, err
	}
	list, next, err := v.Engine.DeadLetters(v.ctx, v.caller, in.ID, v.field("after"), eventsShown)
	if err != nil {
		return page{}, err
	}
	view := lettersView{Head: h}
	for _, l := range list {
		view.Rows = append(view.Rows, v.letterRow(l))
	}
	if next != "" {
		view.Next = v.query("after", next)
	}
	p := v.tabPage(h, "deadletters", view)
	p.Live = true
	return p, nil
}

func (v *visit) letterRow(l engine.DeadLetter) letterRow {
	answer := l.Fault
	if l.Status != 0 {
		answer = strings.TrimSpace(fmt.Sprintf("%d %s", l.Status, l.Fault))
	}
	return letterRow{l.ID, l.Notification, v.when(l.At), l.Attempts, answer, indented(l.Payload)}
}

type letterView struct {
	Head   head
	Letter letterRow
}

func (v *visit) deadLetter() (page, error) {
	in, h, err := v.headed("deadletters")
	if err != nil {
		return page{}, err
	}
	l, err := v.Engine.DeadLetter(v.ctx, v.caller, in.ID, v.param("letter"))
	return v.tabPage(h, "deadletter", letterView{h, v.letterRow(l)}), err
}

func (v *visit) redeliverLetter() error {
	id, err := v.id()
	if err != nil {
		return err
	}
	if err := v.Engine.Redeliver(v.ctx, v.caller, id, v.param("letter")); err != nil {
		return err
	}
	return v.goTo(instancePath(id, "/deadletters"), "redelivered")
}
