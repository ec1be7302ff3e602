package api

import (
	"context"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"github.com/pollwright/pollwright/engine"
)

// pluginsCalls: the adapters.
type pluginsCalls interface {
	Adapters() []engine.Adapter
	InstallAdapter(ctx context.Context, caller engine.Caller, key string, wasm []byte, hosts []string) (engine.Adapter, error)
	RemoveAdapter(ctx context.Context, caller engine.Caller, key string) error
	AgreeToHosts(ctx context.Context, caller engine.Caller, key string, hosts []string) error
}

func (s *Server) pluginRoutes(r fiber.Router) {
	r.Get("/elements/plugins", s.owned(s.listPlugins))
	r.Put("/elements/plugins/:key", s.owned(s.putPlugin))
	r.Delete("/elements/plugins/:key", s.owned(s.deletePlugin))
	r.Put("/elements/plugins/:key/hosts", s.owned(s.agreeToHosts))
}

// Uploads of modules are larger, and take longer, than other bodies.
const (
	moduleLimit = 32 << 20 // bytes, the sandbox's own limit
	moduleTime  = time.Minute
	moduleType  = "application/wasm"
)

// largeBodies lets modules be uploaded. Whether the sender may is known only when the header has come; a body is read in any case.
func largeBodies(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
	uri := string(h.RequestURI())
	api := string(h.Method()) == http.MethodPut && strings.Contains(uri, "/elements/plugins/") && len(h.Peek(fiber.HeaderAuthorization)) > 0
	console := string(h.Method()) == http.MethodPost && uri == consolePath+"/elements/upload" && len(h.Peek(fiber.HeaderCookie)) > 0
	if api || console {
		return fasthttp.RequestConfig{ReadTimeout: moduleTime, MaxRequestBodySize: moduleLimit}
	}
	return fasthttp.RequestConfig{}
}

// listPlugins answers GET /elements/plugins: the adapters, how they do, and the files that are refused, with the reasons.
func (s *Server) listPlugins(c *fiber.Ctx, _ engine.Caller) error {
	return answerPage(c, s.engine.Adapters(), "")
}

// putPlugin answers PUT /elements/plugins/{key}, whose body is a module: it is the adapter of the element from now on. hosts, separated by
// commas, agrees to where it may send requests.
func (s *Server) putPlugin(c *fiber.Ctx, caller engine.Caller) error {
	if kind, _, err := mime.ParseMediaType(c.Get(fiber.HeaderContentType)); err != nil || kind != moduleType {
		return mediaError{"the body should be a WebAssembly module; send Content-Type: " + moduleType}
	}
	var hosts []string
	if text := c.Query("hosts"); text != "" {
		hosts = strings.Split(text, ",")
	}
	adapter, err := s.engine.InstallAdapter(c.UserContext(), caller, c.Params("key"), c.BodyRaw(), hosts)
	if err != nil {
		return err
	}
	return answer(c, fiber.StatusOK, adapter)
}

// deletePlugin answers DELETE /elements/plugins/{key}: its instances wait until there is an adapter again.
func (s *Server) deletePlugin(c *fiber.Ctx, caller engine.Caller) error {
	if err := s.engine.RemoveAdapter(c.UserContext(), caller, c.Params("key")); err != nil {
		return named(err, "adapter", c.Params("key"))
	}
	return answer(c, fiber.StatusOK, struct{}{})
}

// agreeToHosts answers PUT /elements/plugins/{key}/hosts with all adapters: what was refused for its hosts is tried again.
func (s *Server) agreeToHosts(c *fiber.Ctx, caller engine.Caller) error {
	body, err := readBody(c)
	if err != nil {
		return err
	}
	var wanted struct {
		Hosts []string `json:"hosts"`
	}
	if err := json.Unmarshal(body, &wanted); err != nil || wanted.Hosts == nil {
		return badParameter("hosts", `should be a list of texts, in {"hosts": ["https://api.example.com"]}`)
	}
	if err := s.engine.AgreeToHosts(c.UserContext(), caller, c.Params("key"), wanted.Hosts); err != nil {
		return err
	}
	return s.listPlugins(c, caller)
}

// refusedModule is the answer to a module that is not installed: 409 if all it lacks is a word of consent.
func refusedModule(err *engine.AdapterError) (int, errorBody) {
	if errors.As(err, new(*engine.HostsError)) {
		return http.StatusConflict, errorBody{Message: err.Error()}
	}
	return http.StatusBadRequest, errorBody{Message: err.Error()}
}
