package sim

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/pollwright/pollwright/plugins/simkit"
)

// Lifetimes when Options give none.
const (
	accessLife  = time.Hour
	refreshLife = 30 * 24 * time.Hour
	codeLife    = 10 * time.Minute
)

// owner is whom a token is for. Each owner has one living token.
type owner struct{ client, user string }

// grant is an access token with its refresh token.
type grant struct {
	owner                     owner
	access, refresh           string
	accessUntil, refreshUntil time.Time
	dead                      bool // superseded or revoked
}

// code is an authorization code that waits to be exchanged. An empty redirect matches any.
type code struct {
	owner     owner
	redirect  string
	challenge string // of PKCE; empty without
	until     time.Time
}

// tokens keeps what was issued.
type tokens struct {
	current map[owner]*grant
	access  map[string]*grant // all that were ever issued, to tell expired from unknown
	refresh map[string]*grant // usable ones
	codes   map[string]code
	stats   TokenStats
}

// TokenStats counts the answers of the token endpoint per grant type.
type TokenStats struct {
	Issued  map[string]int `json:"issued"`
	Refused map[string]int `json:"refused"`
}

func newTokens() tokens {
	return tokens{
		current: map[owner]*grant{}, access: map[string]*grant{}, refresh: map[string]*grant{}, codes: map[string]code{},
		stats: TokenStats{Issued: map[string]int{}, Refused: map[string]int{}},
	}
}

// issue makes the new token of o and ends the previous one.
func (s *Sim) issue(o owner) *grant {
	if g := s.tokens.current[o]; g != nil {
		s.kill(g)
	}
	now := s.Clock.Now()
	g := &grant{
		owner: o, access: s.uuid(), refresh: s.uuid(),
		accessUntil:  now.Add(lifeOr(s.options.AccessLife, accessLife)),
		refreshUntil: now.Add(lifeOr(s.options.RefreshLife, refreshLife)),
	}
	if s.options.TokenStyle == TokenPre2019 {
		g.access, g.refresh = strings.ReplaceAll(g.access, "-", ""), strings.ReplaceAll(g.refresh, "-", "")
	}
	s.tokens.current[o], s.tokens.access[g.access], s.tokens.refresh[g.refresh] = g, g, g
	return g
}

func (s *Sim) kill(g *grant) {
	g.dead = true
	delete(s.tokens.refresh, g.refresh)
	delete(s.tokens.current, g.owner)
}

func lifeOr(d simkit.Duration, standard time.Duration) time.Duration {
	if d == 0 {
		return standard
	}
	return time.Duration(d)
}

// IssueToken gives out a token as a grant of the first client would; "" is the first user. It ends the user's
// previous token.
func (s *Sim) IssueToken(user string) (access, refresh string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, err := s.ownerOf(user)
	if err != nil {
		return "", "", err
	}
	g := s.issue(o)
	return g.access, g.refresh, nil
}

// IssueCode gives out an authorization code for the first client as /authorize does; "" is the first user, and
// without redirect the code may be exchanged with any redirect address.
func (s *Sim) IssueCode(user, redirect string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, err := s.ownerOf(user)
	if err != nil {
		return "", err
	}
	return s.issueCode(o, redirect, ""), nil
}

func (s *Sim) issueCode(o owner, redirect, challenge string) string {
	text := s.uuid()
	s.tokens.codes[text] = code{o, redirect, challenge, s.Clock.Now().Add(codeLife)}
	return text
}

func (s *Sim) ownerOf(user string) (owner, error) {
	if user == "" {
		user = s.config.Username
	}
	if _, known := s.config.Users[user]; !known {
		return owner{}, fmt.Errorf("user %q: %w", user, simkit.ErrNotFound)
	}
	return owner{s.config.ClientID, user}, nil
}

// ExpireTokens makes every access token expire now; refresh tokens stay good.
func (s *Sim) ExpireTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, g := range s.tokens.current {
		g.accessUntil = s.Clock.Now()
	}
}

// RevokeTokens ends every access and refresh token.
func (s *Sim) RevokeTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, g := range s.tokens.current {
		s.kill(g)
	}
}

// TokenStats returns the counters of the token endpoint.
func (s *Sim) TokenStats() TokenStats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return TokenStats{Issued: maps.Clone(s.tokens.stats.Issued), Refused: maps.Clone(s.tokens.stats.Refused)}
}
