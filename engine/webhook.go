package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/pollwright/pollwright/engine/credential"
	"github.com/pollwright/pollwright/engine/deliver"
	"github.com/pollwright/pollwright/engine/instance"
)

// Where a credential keeps the secrets that sign by Standard Webhooks. No configuration has these keys: the secrets are made here, and
// each is shown once.
const (
	keyWebhookSecret = "webhook.secret"
	keyOlderSecrets  = "webhook.secret.older" // JSON of []olderSecret, the latest first
)

const (
	// maxSecrets is how many secrets of an instance sign at one time.
	maxSecrets = 3
	// How long older secrets sign beside a new one.
	defaultOverlap = 24 * time.Hour
	maxOverlap     = 30 * 24 * time.Hour
)

// olderSecret signs beside the latest one, until it ends.
type olderSecret struct {
	Secret string    `json:"secret"`
	Until  time.Time `json:"until"`
}

// NewSecret is a secret that has taken the place of another.
type NewSecret struct {
	WebhookSecret string    `json:"webhookSecret"`
	Until         time.Time `json:"until,omitzero"` // until then the older ones sign too; zero: none does
}

// RotateWebhookSecret makes a new secret for an instance's Standard Webhooks signatures and shows it, this once. The one before, and one
// still before it, sign too until the overlap ("24h" if empty, at most 30 days) is over, so that receivers can change over; with "0s" the
// new one signs alone, at once. An *instance.InvalidError tells of a bad overlap.
func (e *Engine) RotateWebhookSecret(ctx context.Context, caller Caller, id int64, overlap string) (NewSecret, error) {
	if _, err := e.Instance(ctx, caller, id); err != nil {
		return NewSecret{}, err
	}
	length, err := parseOverlap(overlap)
	if err != nil {
		return NewSecret{}, err
	}
	now, made := e.config.Now(), NewSecret{WebhookSecret: string(deliver.NewWebhookSecret())}
	err = e.credentials.Amend(ctx, credentialRef(idText(id)), func(values map[string]credential.Secret) (err error) {
		made.Until, err = rotate(values, made.WebhookSecret, now, length)
		return err
	})
	if err != nil {
		return NewSecret{}, err
	}
	e.note(ctx, caller, "webhook.secret.rotate", ofInstance(id), "")
	e.log.Info("webhook secret rotated", "instance", id, "until", made.Until)
	return made, nil
}

func parseOverlap(text string) (time.Duration, error) {
	if text == "" {
		return defaultOverlap, nil
	}
	length, err := time.ParseDuration(text)
	if err != nil || length < 0 || length > maxOverlap {
		return 0, invalid("overlap", "should be from 0s to 720h (30 days), like 24h, is %q", clip(text))
	}
	return length, nil
}

// rotate puts a secret before the others and ends those that are too many. No older one signs longer than the overlap. The zero time says
// that none does.
func rotate(values map[string]credential.Secret, fresh string, now time.Time, overlap time.Duration) (until time.Time, err error) {
	older, err := olderSecrets(values, now)
	if err != nil {
		return until, err
	}
	end := now.Add(overlap).UTC().Truncate(time.Millisecond)
	if secret := values[keyWebhookSecret].Reveal(); secret != "" && end.After(now) {
		older = append([]olderSecret{{secret, end}}, older...)
	}
	var kept []olderSecret
	for _, o := range older {
		if o.Until.After(end) {
			o.Until = end
		}
		if o.Until.After(now) && len(kept) < maxSecrets-1 {
			kept = append(kept, o)
		}
	}
	values[keyWebhookSecret] = credential.Secret(fresh)
	delete(values, keyOlderSecrets)
	if len(kept) == 0 {
		return until, nil
	}
	text, err := json.Marshal(kept)
	values[keyOlderSecrets] = credential.Secret(text)
	return kept[0].Until, err
}

// olderSecrets are those that have not ended.
func olderSecrets(values map[string]credential.Secret, now time.Time) (kept []olderSecret, err error) {
	text := values[keyOlderSecrets].Reveal()
	if text == "" {
		return nil, nil
	}
	var all []olderSecret
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		return nil, fmt.Errorf("older webhook secrets: %w", credential.ErrUnreadable) // the cause may repeat a secret
	}
	for _, o := range all {
		if now.Before(o.Until) {
			kept = append(kept, o)
		}
	}
	return kept, nil
}

// webhookSecrets are those that sign now, the latest first.
func webhookSecrets(values map[string]credential.Secret, now time.Time) (all []deliver.Secret, err error) {
	if secret := values[keyWebhookSecret].Reveal(); secret != "" {
		all = append(all, deliver.Secret(secret))
	}
	older, err := olderSecrets(values, now)
	for _, o := range older {
		all = append(all, deliver.Secret(o.Secret))
	}
	return all, err
}

// invalid is a fault in what a caller gave.
func invalid(path, format string, args ...any) error {
	return &instance.InvalidError{Problems: []instance.Problem{{Path: path, Message: fmt.Sprintf(format, args...)}}}
}

// clip bounds what a message repeats.
func clip(text string) string {
	const most = 100 // bytes
	if len(text) <= most {
		return text
	}
	return text[:most] + "..."
}
