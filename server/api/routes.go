package api

import (
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
		s.eventRoutes(r)
		s.oauthRoutes(r)
		s.pollingRoutes(r)
		s.callbackRoutes(r)
		s.instanceRoutes(r)
		s.elementRoutes(r)
		s.auditRoutes(r)
		s.organizationRoutes(r)
		s.userRoutes(r)
		s.keyRoutes(r)
	}
	app.Get("/healthz", s.health)
	app.Get("/readyz", s.readiness)
	app.Get("/openapi.yaml", s.openapi)
	app.Get("/docs", s.docs)
	app.Get("/metrics", adaptor.HTTPHandler(promhttp.HandlerFor(s.gatherers(), promhttp.HandlerOpts{})))
}

// gatherers are the engine's figures and the API's own.
func (s *Server) gatherers() prometheus.Gatherers {
	own := prometheus.NewRegistry()
	own.MustRegister(s.logins.failed)
	return prometheus.Gatherers{s.engine.Metrics(), own}
}

func (s *Server) instanceRoutes(r fiber.Router) {
	r.Post("/instances", s.owned(s.createInstance))
	r.Get("/instances", s.owned(s.listInstances))
	r.Get("/instances/:id", s.owned(s.showInstance))
	r.Delete("/instances/:id", s.owned(s.deleteInstance))
}

func (s *Server) pollingRoutes(r fiber.Router) {
	r.Get("/instances/polling-disabled", s.owned(s.pollingDisabled))
	r.Get("/instances/event-poller-records", s.owned(s.pollerRecordsOfToken))
	r.Put("/instances/:id/enabled", s.owned(s.enableInstance))
	r.Get("/instances/:id/event-poller-records", s.owned(s.pollerRecords))
	r.Put("/instances/:id/resources/:resource/held", s.owned(s.decideHeld))
	r.Get("/instances/:id/polls", s.owned(s.listPolls))
}

func (s *Server) callbackRoutes(r fiber.Router) {
	r.Put("/instances/:id/callback/paused", s.owned(s.pauseCallback))
	r.Delete("/instances/:id/callback/paused", s.owned(s.resumeCallback))
	r.Post("/instances/:id/callback/test", s.owned(s.testCallback))
	r.Post("/instances/:id/webhook/secret/rotate", s.owned(s.rotateSecret))
	r.Get("/instances/:id/deadletters", s.owned(s.listDeadLetters))
	r.Get("/instances/:id/deadletters/:letter", s.owned(s.showDeadLetter))
	r.Post("/instances/:id/deadletters/:letter/redeliver", s.owned(s.redeliver))
}

func (s *Server) eventRoutes(r fiber.Router) {
	r.Get("/instances/events", s.owned(s.listEvents(s.byToken)))
	r.Get("/instances/events/dispositions", s.owned(s.listDispositions))
	r.Get("/instances/events/analytics", s.owned(s.countEvents))
	r.Get("/instances/events/analytics/instances", s.owned(s.countEventsBy(perInstance)))
	r.Get("/instances/events/analytics/accounts", s.owned(s.countEventsBy(perAccount)))
	r.Get("/instances/events/:event", s.owned(s.showEvent(s.byToken)))
	r.Get("/instances/:id/events", s.owned(s.listEvents(byPath)))
	r.Post("/instances/:id/events/redeliver", s.owned(s.redeliverEvents))
	r.Get("/instances/:id/events/:event", s.owned(s.showEvent(byPath)))
	r.Post("/instances/:id/events/:event/redeliver", s.owned(s.redeliverEvent))
	r.Get("/instances/:id/changes", s.owned(s.listChanges))
	r.Get("/instances/:id/jobs", s.owned(s.listRedeliveries))
	r.Get("/instances/:id/jobs/:job", s.owned(s.showRedelivery))
	r.Delete("/instances/:id/jobs/:job", s.owned(s.cancelRedelivery))
}

func (s *Server) elementRoutes(r fiber.Router) {
	r.Get("/elements", s.listElements) // without credentials, as the platform's: nothing in it belongs to anyone
	r.Get("/elements/keys", s.listElementKeys)
	r.Get("/elements/metadata", s.listMetadata)
	r.Get("/elements/:keyOrId", s.showElement)
	r.Get("/elements/:keyOrId/metadata", s.showMetadata)
	r.Get("/elements/:keyOrId/configuration", s.listElementConfiguration)
}
