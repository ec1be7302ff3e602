package engine_test

import (
	"testing"

	icontact "github.com/pollwright/pollwright/plugins/icontact/sim"
)

// shown are the figures of an engine by name and the values of their labels; of a histogram how often something was observed.
func (w *world) shown() map[string]float64 {
	w.t.Helper()
	families, err := w.engine.Metrics().Gather()
	if err != nil {
		w.t.Fatal(err)
	}
	shown := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() {
				name += " " + l.GetValue()
			}
			shown[name] = m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return shown
}

// Each part that works is seen to: the store, the limits, the hubs, the adapters, the tokens and the backups.
func TestFiguresOfTheWorkings(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.create(w.body("icontact", nil))
	w.icontact.CreateContact(icontact.Contact{Email: "one@example.com"})
	w.receiver.wait(t, 1)
	if _, err := w.read(in, "contacts"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.read(in, "nothing-of-the-kind"); err == nil {
		t.Fatal("an unknown resource is read")
	}
	w.backup()
	w.create(w.body("acton", nil))
	w.acton.ExpireTokens()
	await(t, "a refresh of tokens", func() bool { return w.shown()["pollwright_token_refreshes_total ok"] > 0 })
	got := w.shown()
	for _, name := range []string{
		"pollwright_store_commits_total ok", "pollwright_store_commit_seconds", "pollwright_store_commit_requests", "pollwright_store_commit_bytes_total",
		"pollwright_quota_waits_total sent", "pollwright_quota_wait_seconds", "pollwright_hub_reads_total icontact ok", "pollwright_hub_reads_total icontact refused",
		"pollwright_hub_read_seconds icontact", "pollwright_adapter_memory_bytes icontact", "pollwright_backups_total ok", "pollwright_backup_last_timestamp_seconds",
		"pollwright_store_bytes", "pollwright_disk_free_bytes",
	} {
		if got[name] <= 0 {
			t.Errorf("%s is %v", name, got[name])
		}
	}
	for _, name := range []string{
		"pollwright_polling_halted", "pollwright_store_commits_total error", "pollwright_backups_total error", "pollwright_changes_total deleted",
		"pollwright_token_refreshes_total reauthenticate", "pollwright_quota_waits_total limited",
	} {
		if value, there := got[name]; !there || value != 0 {
			t.Errorf("%s is %v, %v, want 0", name, value, there)
		}
	}
}
