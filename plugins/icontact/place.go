package main

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/pollwright/pollwright/sdk"
)

// place is where the records lie.
type place struct {
	Account, Folder string
}

// memory is the memo: the ids that were discovered, without those that are configured.
type memory struct {
	place
	Of string // the account that Folder lies in
}

// knownPlace is what needs no discovery: configured ids first, then remembered ones that fit them.
//
// Remembered ids stay for good. When iContact one day answers 404 or 403 for them, the fault says so and nothing is discovered anew: the first
// folder that is left would be another one, with other people's contacts, all of them looking new and all of the old ones looking deleted.
// Changed credentials begin without a memo, and client.folder.id chooses another folder.
func knownPlace(c sdk.Call) (place, error) {
	known := place{Account: c.Config[keyAccount], Folder: c.Config[keyFolder]}
	for key, id := range map[string]string{keyAccount: known.Account, keyFolder: known.Folder} {
		if id != "" && !isID(id) {
			return place{}, fmt.Errorf("configuration %s is %q: want the number that iContact shows in its web addresses", key, id)
		}
	}
	var memo memory
	if len(c.Memo) > 0 {
		kept, err := sdk.ReadOutline(c.Memo)
		if err != nil {
			return place{}, fmt.Errorf("the memo is not ours: %w", err)
		}
		memo = memory{readPlace(kept), kept.Text("of")}
	}
	if known.Account == "" {
		known.Account = memo.Account
	}
	if known.Folder == "" && known.Account == memo.Of {
		known.Folder = memo.Folder
	}
	return known, nil
}

// readPlace reads what write wrote.
func readPlace(o sdk.Outline) place { return place{o.Text("account"), o.Text("folder")} }

// write leaves out what is empty.
func (p place) write(o *sdk.Object) *sdk.Object {
	if p.Account != "" {
		o.Text("account", p.Account)
	}
	if p.Folder != "" {
		o.Text("folder", p.Folder)
	}
	return o
}

// either is the name of the member that an answer has: iContact's own, or iContact Pro's. The latter was never seen in an answer; the ids
// are called so in its documents.
func either(body sdk.Outline, own, pro string) string {
	if !body.Has(own) && body.Has(pro) {
		return pro
	}
	return own
}

// accounts takes the first enabled account of GET /a and goes on. Values are strings in what was recorded, enabled was a number in older answers.
// iContact Pro calls an account a company.
func (r reading) accounts(body sdk.Outline, s state) sdk.Reply {
	name := either(body, "accounts", "companies")
	list, err := objects(body, name, "accountId", "companyId", "enabled")
	if err != nil {
		return misshapen(body, name, err)
	}
	var enabled, disabled []string
	for _, a := range list {
		switch id := cmp.Or(a.Text("accountId"), a.Text("companyId")); {
		case !isID(id):
			return sdk.Faultf(sdk.FaultInvalid, "iContact lists an account with the id %q, want digits", id)
		case a.Text("enabled") == "1" || a.Text("enabled") == "true":
			enabled = append(enabled, id)
		default:
			disabled = append(disabled, id)
		}
	}
	switch {
	case len(enabled) == 0 && len(disabled) > 0:
		// iContact answers 200 here; its own client library ends with this sentence.
		return sdk.Faultf(sdk.FaultAuth, "Your account has been disabled. (iContact account %s)", strings.Join(disabled, ", "))
	case len(enabled) == 0:
		return sdk.Faultf(sdk.FaultNotFound, "these credentials see no iContact account")
	case len(enabled) > 1:
		s.Warnings = append(s.Warnings, fmt.Sprintf("the credentials see the accounts %s; reading %s. Set %s to choose.",
			strings.Join(enabled, ", "), enabled[0], keyAccount))
	}
	s.Place.Account, s.Found = enabled[0], true
	return r.forward(s)
}

// folders takes the first client folder and goes on.
func (r reading) folders(body sdk.Outline, s state) sdk.Reply {
	name := either(body, "clientfolders", "profiles")
	list, err := objects(body, name, "clientFolderId", "profileId")
	if err != nil {
		return misshapen(body, name, err)
	}
	ids := make([]string, len(list))
	for i, f := range list {
		if ids[i] = cmp.Or(f.Text("clientFolderId"), f.Text("profileId")); !isID(ids[i]) {
			return sdk.Faultf(sdk.FaultInvalid, "iContact lists a client folder with the id %q, want digits", ids[i])
		}
	}
	if len(ids) == 0 {
		return sdk.Faultf(sdk.FaultNotFound, "iContact account %s has no client folder that these credentials see", s.Place.Account)
	}
	if len(ids) > 1 {
		s.Warnings = append(s.Warnings, fmt.Sprintf("account %s has the client folders %s; reading %s. Set %s to choose.",
			s.Place.Account, strings.Join(ids, ", "), ids[0], keyFolder))
	}
	s.Place.Folder, s.Found = ids[0], true
	return r.forward(s)
}

// memo is what to remember of a place that was found. What is configured is left out, so that it ends with its configuration.
func memo(c sdk.Call, p place) sdk.Raw {
	m := memory{p, p.Account}
	if c.Config[keyAccount] != "" {
		m.Account = ""
	}
	if c.Config[keyFolder] != "" {
		m.Folder, m.Of = "", ""
	}
	doc := m.write(new(sdk.Object))
	if m.Of != "" {
		doc.Text("of", m.Of)
	}
	return doc.JSON()
}

// objects reads a list of objects whose members of these names are texts, where they are there.
func objects(body sdk.Outline, name string, texts ...string) ([]sdk.Outline, error) {
	list, err := body.List(name)
	outlines := make([]sdk.Outline, len(list))
	for i := 0; i < len(list) && err == nil; i++ {
		outlines[i], err = sdk.ReadOutline(list[i])
		for _, member := range texts {
			if raw := outlines[i].Raw(member); raw != nil && err == nil {
				err = new(sdk.Text).UnmarshalJSON(raw)
			}
		}
	}
	return outlines, err
}

func isID(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}
