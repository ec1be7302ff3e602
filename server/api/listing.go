package api

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/pollwright/pollwright/engine"
)

// listInstances answers GET /instances, and GET /elements/{keyOrId}/instances. A search that finds nothing is not found, as on the platform.
func (s *Server) listInstances(c *fiber.Ctx, caller engine.Caller) error {
	p, err := readPage(c)
	if err != nil {
		return err
	}
	q := engine.InstancesQuery{Element: c.Params("keyOrId"), Tags: readTags(c), Search: c.Query("searchText"), Page: p.token, Size: p.size}
	hydrate, err := readFlag(c, "hydrate", true)
	if err != nil {
		return err
	}
	list, next, err := s.engine.Instances(c.UserContext(), caller, q)
	if err != nil {
		return named(err, "element", q.Element)
	}
	if len(list) == 0 && next == "" && q.Page == "" && (len(q.Tags) > 0 || q.Search != "") {
		return missingError{"instances", "with " + strings.Join(wishes(q), " and ")}
	}
	if !hydrate {
		return answerPage(c, each(list, viewBrief), next)
	}
	return answerPage(c, each(list, viewInstance), next)
}

// wishes says what was searched for.
func wishes(q engine.InstancesQuery) (list []string) {
	for _, tag := range q.Tags {
		list = append(list, "the tag "+strconv.Quote(clip(tag)))
	}
	if q.Search != "" {
		list = append(list, strconv.Quote(clip(q.Search))+" in their name")
	}
	return list
}

// readTags reads tags[]=a&tags[]=b, and tags=a,b. An empty one is none.
func readTags(c *fiber.Ctx) (tags []string) {
	args := c.Context().QueryArgs()
	for _, value := range args.PeekMulti("tags[]") {
		tags = append(tags, strings.TrimSpace(string(value)))
	}
	for _, value := range args.PeekMulti("tags") {
		for tag := range strings.SplitSeq(string(value), ",") {
			tags = append(tags, strings.TrimSpace(tag))
		}
	}
	return slices.DeleteFunc(tags, func(tag string) bool { return tag == "" })
}

// readFlag reads a parameter that is true or false.
func readFlag(c *fiber.Ctx, name string, missing bool) (bool, error) {
	text := c.Query(name)
	if text == "" {
		return missing, nil
	}
	flag, err := strconv.ParseBool(text)
	if err != nil {
		return false, badParameter(name, "should be true or false, is %q", clip(text))
	}
	return flag, nil
}

func each[A, B any](list []A, view func(A) B) []B {
	views := make([]B, len(list))
	for i, a := range list {
		views[i] = view(a)
	}
	return views
}

// countBody counts instances. The platform's clients read the first two; here, where nothing but elements has instances, they are the same.
type countBody struct {
	Total    int            `json:"totalInstances"`
	Elements int            `json:"elementInstances"`
	By       map[string]int `json:"byElement"` // ours
}

// countInstances answers GET /instances/count.
func (s *Server) countInstances(c *fiber.Ctx, caller engine.Caller) error {
	by, err := s.engine.CountInstances(c.UserContext(), caller)
	if err != nil {
		return err
	}
	total := 0
	for _, n := range by {
		total += n
	}
	return answer(c, fiber.StatusOK, countBody{total, total, by})
}

// ofElement serves a call about one instance below its element: it is not found there if it is of another.
func (s *Server) ofElement(handle handler) fiber.Handler {
	return s.owned(func(c *fiber.Ctx, caller engine.Caller) error {
		id, err := instanceID(c)
		if err != nil {
			return err
		}
		el, err := s.elementOf(c)
		if err != nil {
			return err
		}
		in, err := s.engine.Instance(c.UserContext(), caller, id)
		if err == nil && in.Element.Key != el.Key {
			err = engine.ErrNotFound
		}
		if err != nil {
			return named(err, "instance", instanceText(c))
		}
		return handle(c, caller)
	})
}
