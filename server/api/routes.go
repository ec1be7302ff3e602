package api

import (
	"runtime"
	"slices"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// platformBase is the path below which the platform served its API; what was written for it needs only another host name.
const platformBase = "/elements/api-v2"

func (s *Server) routes(app *fiber.App) {
	for _, base := range []string{platformBase, ""} {
		r := app.Group(base)
		// A fixed word goes before a name that may be any: the first route that fits answers.
		s.oauthRoutes(r)
		s.collectionRoutes(r)
		s.instanceRoutes(r)
		s.pluginRoutes(r)
		s.elementRoutes(r)
		s.hubRoutes(r)
		s.auditRoutes(r)
		s.organizationRoutes(r)
		s.userRoutes(r)
		s.keyRoutes(r)
		s.backupRoutes(r)
	}
	s.consoleRoutes(app)
	app.Get("/healthz", s.health)
	app.Get("/readyz", s.readiness)
	app.Get("/openapi.yaml", s.openapi)
	app.Get("/docs", s.docs)
	app.Get("/metrics", adaptor.HTTPHandler(promhttp.HandlerFor(s.gatherers(), promhttp.HandlerOpts{})))
}

// gatherers are the engine's figures and the API's own.
func (s *Server) gatherers() prometheus.Gatherers {
	own := prometheus.NewRegistry()
	own.MustRegister(s.logins.failed, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: "pollwright", Name: "build_info", Help: "1, with the version of the program.",
		ConstLabels: prometheus.Labels{"version": s.version, "go": runtime.Version()},
	}, func() float64 { return 1 }))
	return prometheus.Gatherers{s.engine.Metrics(), own}
}

// collectionRoutes are about all instances of the caller.
func (s *Server) collectionRoutes(r fiber.Router) {
	r.Post("/instances", s.owned(s.createInstance))
	r.Get("/instances", s.owned(s.listInstances))
	r.Get("/instances/count", s.owned(s.countInstances))
	r.Get("/instances/polling-disabled", s.owned(s.pollingDisabled))
	r.Get("/instances/events/analytics", s.owned(s.countEvents))
	r.Get("/instances/events/analytics/instances", s.owned(s.countEventsBy(perInstance)))
	r.Get("/instances/events/analytics/accounts", s.owned(s.countEventsBy(perAccount)))
}

// instanceRoutes are about one instance. Its id is in the path, or, in the second form of each, the Element token tells it.
func (s *Server) instanceRoutes(r fiber.Router) {
	calls := s.instanceCalls()
	for _, call := range calls {
		r.Add(call.method, "/instances"+call.below, s.ofToken(call.handle))
	}
	r.Get("/instances/:id", s.owned(s.showInstance)) // without an id it is the list
	for _, call := range calls {
		r.Add(call.method, "/instances/:id"+call.below, s.owned(call.handle))
	}
}

// instanceCall is a route below an instance.
type instanceCall struct {
	method, below string
	handle        handler
}

func (s *Server) instanceCalls() []instanceCall {
	return slices.Concat(s.pollingCalls(), s.callbackCalls(), s.eventCalls(), []instanceCall{
		{fiber.MethodPut, "", s.replaceInstance},
		{fiber.MethodPatch, "", s.patchInstance},
		{fiber.MethodDelete, "", s.deleteInstance},
		{fiber.MethodGet, "/configuration", s.listSettings},
		{fiber.MethodGet, "/configuration/:configId", s.showSetting},
		{fiber.MethodPatch, "/configuration/:configId", s.patchSetting},
	})
}

func (s *Server) pollingCalls() []instanceCall {
	return []instanceCall{
		{fiber.MethodPut, "/enabled", s.enableInstance},
		{fiber.MethodDelete, "/enabled", s.disableInstance},
		{fiber.MethodGet, "/event-poller-records", s.pollerRecords},
		{fiber.MethodPut, "/resources/:resource/held", s.decideHeld},
		{fiber.MethodPost, "/resources/:resource/poll", s.pollByHand},
		{fiber.MethodGet, "/resources/:resource/checkpoint", s.showCheckpoint},
		{fiber.MethodPut, "/resources/:resource/checkpoint", s.rewind},
		{fiber.MethodGet, "/polls", s.listPolls},
		{fiber.MethodGet, "/limits", s.showLimits},
	}
}

func (s *Server) callbackCalls() []instanceCall {
	return []instanceCall{
		{fiber.MethodPut, "/callback/paused", s.pauseCallback},
		{fiber.MethodDelete, "/callback/paused", s.resumeCallback},
		{fiber.MethodPost, "/callback/test", s.testCallback},
		{fiber.MethodPost, "/webhook/secret/rotate", s.rotateSecret},
		{fiber.MethodGet, "/deadletters", s.listDeadLetters},
		{fiber.MethodGet, "/deadletters/:letter", s.showDeadLetter},
		{fiber.MethodPost, "/deadletters/:letter/redeliver", s.redeliver},
	}
}

func (s *Server) eventCalls() []instanceCall {
	return []instanceCall{
		{fiber.MethodGet, "/events", s.listEvents},
		{fiber.MethodPost, "/events/redeliver", s.redeliverEvents},
		{fiber.MethodGet, "/events/dispositions", s.listDispositions},
		{fiber.MethodGet, "/events/:event", s.showEvent},
		{fiber.MethodGet, "/events/:event/explanation", s.explainEvent},
		{fiber.MethodPost, "/events/:event/redeliver", s.redeliverEvent},
		{fiber.MethodGet, "/changes", s.listChanges},
		{fiber.MethodGet, "/jobs", s.listRedeliveries},
		{fiber.MethodGet, "/jobs/:job", s.showRedelivery},
		{fiber.MethodDelete, "/jobs/:job", s.cancelRedelivery},
	}
}

func (s *Server) elementRoutes(r fiber.Router) {
	r.Get("/elements", s.listElements) // without credentials, as the platform's: nothing in it belongs to anyone
	r.Get("/elements/keys", s.listElementKeys)
	r.Get("/elements/metadata", s.listMetadata)
	r.Get("/elements/:keyOrId", s.showElement)
	r.Get("/elements/:keyOrId/metadata", s.showMetadata)
	r.Get("/elements/:keyOrId/configuration", s.listElementConfiguration)
	r.Post("/elements/:keyOrId/instances", s.owned(s.createInstance))
	r.Get("/elements/:keyOrId/instances", s.owned(s.listInstances))
	r.Get("/elements/:keyOrId/instances/:id", s.ofElement(s.showInstance))
	r.Put("/elements/:keyOrId/instances/:id", s.ofElement(s.replaceInstance))
	r.Patch("/elements/:keyOrId/instances/:id", s.ofElement(s.patchInstance))
	r.Delete("/elements/:keyOrId/instances/:id", s.ofElement(s.deleteInstance))
}
