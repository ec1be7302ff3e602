package api

import (
	"github.com/gofiber/fiber/v2"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/sdk"
)

// elementMetadata is what the platform calls an element's metadata: what can be polled and, ours, what hub URLs of it can do.
type elementMetadata struct {
	ID          int64         `json:"id"`
	Key         string        `json:"key"`
	Name        string        `json:"name"`
	Description string        `json:"description"`
	Hub         string        `json:"hub"`
	Events      eventsBody    `json:"events"`
	Resources   []hubResource `json:"resources"`
}

// hubResource is a resource as a hub URL reads it. What is not named in where and orderBy is done by this server, with what the provider
// gives: slower, not less.
type hubResource struct {
	Name        string       `json:"name"`
	Path        string       `json:"path"`
	Description string       `json:"description,omitempty"`
	Single      bool         `json:"single"` // one record, and not a list
	Where       []sdk.Filter `json:"where"`
	OrderBy     []string     `json:"orderBy"`
}

func viewMetadata(el engine.Element) elementMetadata {
	m := elementMetadata{
		ID: el.ID, Key: el.Key, Name: el.Name, Description: el.Description, Hub: el.Hub, Events: viewEvents(el.Manifest), Resources: []hubResource{},
	}
	for _, r := range el.Resources {
		m.Resources = append(m.Resources, hubResource{
			Name: r.Name, Path: r.Path, Description: r.Description, Single: r.Single,
			Where: append([]sdk.Filter{}, r.Where...), OrderBy: append([]string{}, r.OrderBy...),
		})
	}
	return m
}

// listElementKeys answers GET /elements/keys.
func (s *Server) listElementKeys(c *fiber.Ctx) error {
	keys := []string{}
	for _, el := range s.engine.Elements() {
		keys = append(keys, el.Key)
	}
	return answer(c, fiber.StatusOK, keys)
}

// listMetadata answers GET /elements/metadata.
func (s *Server) listMetadata(c *fiber.Ctx) error {
	list := []elementMetadata{}
	for _, el := range s.engine.Elements() {
		list = append(list, viewMetadata(el))
	}
	return answer(c, fiber.StatusOK, list)
}

// showMetadata answers GET /elements/{keyOrId}/metadata. The platform's parameter expand asks for what is always there.
func (s *Server) showMetadata(c *fiber.Ctx) error {
	el, err := s.elementOf(c)
	if err != nil {
		return err
	}
	return answer(c, fiber.StatusOK, viewMetadata(el))
}

// listElementConfiguration answers GET /elements/{keyOrId}/configuration: the keys that an instance of it may have.
func (s *Server) listElementConfiguration(c *fiber.Ctx) error {
	el, err := s.elementOf(c)
	if err != nil {
		return err
	}
	return answer(c, fiber.StatusOK, configurationEntries(el.Manifest))
}

// elementOf is the element that the path names.
func (s *Server) elementOf(c *fiber.Ctx) (engine.Element, error) {
	el, err := s.engine.Element(c.Params("keyOrId"))
	return el, named(err, "element", c.Params("keyOrId"))
}
