package console

import (
	"time"

	"github.com/pollwright/pollwright/engine"
)

func timeIn(layout, text string, zone *time.Location) (time.Time, error) {
	return time.ParseInLocation(layout, text, zone)
}

type checkpointsView struct {
	Head    head
	Rows    []checkpointRow
	Preview *previewView
}

type checkpointRow struct {
	Resource   string
	Detect     string
	Activated  moment
	Mark       moment
	MarkField  string // for a field of local time
	Moved      moment
	From, To   moment // of the window that the next poll asks for
	Remembered int
	Scans      uint64
	Objects    int
	Baselined  bool
	Open       bool
	RewindTo   moment
	Passed     moment
	Held       *heldRow
	History    []markRow
	Dated      bool
}

type heldRow struct {
	Count    int
	Since    moment
	Sample   []string
	Decision string
}

type markRow struct {
	Time, From, To moment
	By             string
}

// previewView is what a rewind would tell; nothing has been moved.
type previewView struct {
	Resource, Mark string
	At             moment
	Count          int
	Types          []counted
	First, Last    moment
	Truncated      bool
	Error          string
}

func (v *visit) checkpoints() (page, error) { return v.checkpointsWith(nil) }

func (v *visit) checkpointsWith(preview *previewView) (page, error) {
	in, h, err := v.headed("checkpoints")
	if err != nil {
		return page{}, err
	}
	view := checkpointsView{Head: h, Preview: preview}
	for _, r := range in.Resources {
		c, _, err := v.Engine.Checkpoint(v.ctx, v.caller, in.ID, r.Name, engine.HistoryQuery{Size: 20})
		if err != nil {
			return page{}, err
		}
		view.Rows = append(view.Rows, v.checkpointRow(c))
	}
	p := v.tabPage(h, "checkpoints", view)
	p.Live = preview == nil
	return p, nil
}

func (v *visit) checkpointRow(c engine.Checkpoint) checkpointRow {
	row := checkpointRow{
		Resource: c.Resource, Detect: c.Detect, Activated: v.when(c.Activated), Mark: v.when(c.Mark), Moved: v.when(c.MovedAt), Remembered: c.Remembered,
		Scans: c.Scans, Objects: c.Objects, Baselined: c.Baselined, Open: c.Open, Dated: c.Detect == "dates",
	}
	if !c.Mark.IsZero() {
		row.MarkField = c.Mark.In(v.zone).Format("2006-01-02T15:04:05")
	}
	if c.Window != nil {
		row.From, row.To = v.when(c.Window.From), v.when(c.Window.To)
	}
	if c.Rewind != nil {
		row.RewindTo, row.Passed = v.when(c.Rewind.To), v.when(c.Rewind.Passed)
	}
	if c.Held != nil {
		row.Held = &heldRow{c.Held.Count, v.when(time.UnixMilli(c.Held.Since)), c.Held.Sample, string(c.Held.Decision)}
	}
	for _, m := range c.History {
		row.History = append(row.History, markRow{v.when(m.Time), v.when(m.From), v.when(m.To), m.By})
	}
	return row
}

// rewind previews a rewind, or, when that was seen, does it.
func (v *visit) rewind() error {
	id, err := v.id()
	if err != nil {
		return err
	}
	resource, mark := v.field("resource"), v.local(v.field("mark"))
	if v.field("do") == "rewind" {
		if err := v.Engine.Rewind(v.ctx, v.caller, id, resource, mark); err != nil {
			return err
		}
		return v.goTo(instancePath(id, "/checkpoints"), "rewound")
	}
	preview := &previewView{Resource: resource, Mark: mark}
	p, err := v.Engine.PreviewRewind(v.ctx, v.caller, id, resource, mark)
	if err != nil {
		preview.Error = v.words(err)
	} else {
		preview.At, preview.Count, preview.Truncated = v.when(p.Mark), p.Count, p.Truncated
		for _, kind := range []string{"CREATED", "UPDATED", "DELETED"} {
			if n := p.ByType[kind]; n > 0 {
				preview.Types = append(preview.Types, counted{kind, n})
			}
		}
		if p.First != nil {
			preview.First, preview.Last = v.when(*p.First), v.when(*p.Last)
		}
		if p.Error != nil {
			preview.Error = p.Error.Message
		}
	}
	shown, err := v.checkpointsWith(preview)
	if err != nil {
		return err
	}
	return v.show(shown)
}

func (v *visit) decideHeld() error {
	id, err := v.id()
	if err != nil {
		return err
	}
	if err := v.Engine.DecideHeld(v.ctx, v.caller, id, v.field("resource"), engine.Decision(v.field("decision"))); err != nil {
		return err
	}
	return v.goTo(instancePath(id, "/checkpoints"), "decided")
}
