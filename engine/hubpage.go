package engine

import (
	"encoding/base64"
	"encoding/json"
	"fmt"

	"github.com/pollwright/pollwright/engine/hub"
	"github.com/pollwright/pollwright/engine/poll"
)

// maxPageToken is how long a token may become, bytes: it has to come back in the first line of a request.
const maxPageToken = 12 << 10

// pageContext binds a token to the query that it goes on with: to open it with another one fails.
func pageContext(id int64, plan hub.Plan) []byte {
	return append([]byte("hub-page/"+idText(id)+"/"), plan.Digest()...)
}

func (e *Engine) sealPage(id int64, element string, plan hub.Plan, at hub.Position) (string, error) {
	plain, err := json.Marshal(at)
	if err != nil {
		return "", err
	}
	sealed, err := e.vault.Seal(plain, pageContext(id, plan))
	if err != nil {
		return "", err
	}
	token := base64.RawURLEncoding.EncodeToString(sealed)
	if len(token) > maxPageToken {
		return "", &ReadError{Element: element, Kind: poll.KindAdapter, Message: fmt.Sprintf("its adapter names the next page with %d bytes, more than fit into a request", len(at.Page))}
	}
	return token, nil
}

func (e *Engine) openPage(id int64, plan hub.Plan) (hub.Position, error) {
	if plan.Next == "" {
		return plan.First(), nil
	}
	var at hub.Position
	sealed, err := base64.RawURLEncoding.DecodeString(plan.Next)
	if err == nil {
		var plain []byte
		if plain, err = e.vault.Open(sealed, pageContext(id, plan)); err == nil {
			err = json.Unmarshal(plain, &at)
		}
	}
	if err != nil {
		return at, invalid("nextPage", "is not a token of this query: it should be the Elements-Next-Page-Token of the answer before, with the same path, where, orderBy and other parameters")
	}
	return at, nil
}
