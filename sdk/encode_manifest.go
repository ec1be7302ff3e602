package sdk

func encodeManifest(m *Manifest) []byte {
	w := writer{out: append(make([]byte, 0, 8192), ReplyOK)}
	w.open('{')
	w.text("key", m.Key)
	w.text("name", m.Name)
	w.text("hub", m.Hub)
	w.text("version", m.Version)
	w.intIf("id", m.ID)
	w.textIf("description", m.Description)
	eachIf(&w, "config", m.Config, writeParameter)
	object(&w, "auth", &m.Auth, writeAuth)
	w.name("baseUrls")
	w.list(m.BaseURLs)
	eachIf(&w, "rateLimit", m.RateLimit, func(w *writer, r *Rate) {
		w.int("requests", int64(r.Requests))
		w.int("perSeconds", int64(r.PerSeconds))
	})
	w.name("resources")
	each(&w, m.Resources, writeResource)
	w.listIf("methods", m.Methods)
	w.textIf("body", m.Body)
	object(&w, "call", m.Call, func(w *writer, l *CallLimits) {
		w.intIf("fuel", l.Fuel)
		w.intIf("milliseconds", l.Milliseconds)
	})
	w.end('}')
	return w.out
}

func writeParameter(w *writer, p *Parameter) {
	w.text("key", p.Key)
	w.text("label", p.Label)
	w.textIf("description", p.Description)
	w.text("type", p.Type)
	w.trueIf("required", p.Required)
	w.textIf("default", p.Default)
	w.trueIf("secret", p.Secret)
	w.trueIf("account", p.Account)
	w.trueIf("masked", p.Masked)
}

func writeAuth(w *writer, a *Auth) {
	w.text("type", a.Type)
	w.tableIf("headers", a.Headers)
	w.textIf("username", a.Username)
	w.textIf("password", a.Password)
	object(w, "oauth2", a.OAuth2, func(w *writer, o *OAuth2) {
		w.text("authorizeUrl", o.AuthorizeURL)
		w.text("tokenUrl", o.TokenURL)
		w.textIf("scope", o.Scope)
		w.textIf("authStyle", o.AuthStyle)
		w.text("clientId", o.ClientID)
		w.text("clientSecret", o.ClientSecret)
		w.textIf("redirectUrl", o.RedirectURL)
		w.trueIf("pkce", o.PKCE)
		w.intIf("accessTokenLife", o.AccessTokenLife)
		w.intIf("refreshTokenLife", o.RefreshTokenLife)
		w.trueIf("rotatesRefreshToken", o.RotatesRefreshToken)
	})
}

func writeResource(w *writer, r *Resource) {
	w.text("name", r.Name)
	w.text("path", r.Path)
	w.textIf("description", r.Description)
	w.trueIf("default", r.Default)
	object(w, "poll", r.Poll, writePoll)
	w.listIf("since", r.Since)
	w.trueIf("newestFirst", r.NewestFirst)
	eachIf(w, "where", r.Where, func(w *writer, f *Filter) {
		w.text("name", f.Name)
		w.name("ops")
		w.list(f.Ops)
		w.trueIf("parameter", f.Parameter)
		w.trueIf("coarse", f.Coarse)
	})
	w.listIf("orderBy", r.OrderBy)
	w.trueIf("single", r.Single)
}

func writePoll(w *writer, p *Poll) {
	w.text("url", p.URL)
	w.text("idField", p.IDField)
	w.textIf("updatedDateField", p.UpdatedDateField)
	w.textIf("updatedDateFormat", p.UpdatedDateFormat)
	w.textIf("updatedDateTimezone", p.UpdatedDateTimezone)
	w.textIf("createdDateField", p.CreatedDateField)
	w.textIf("createdDateFormat", p.CreatedDateFormat)
	w.textIf("createdDateTimezone", p.CreatedDateTimezone)
	w.intIf("pageSize", int64(p.PageSize))
}
