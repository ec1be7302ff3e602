package api

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/engine/instance"
)

// replaceInstance answers PUT /instances/{id}: the body is all that the instance is to be.
func (s *Server) replaceInstance(c *fiber.Ctx, caller engine.Caller) error {
	return s.updateInstance(c, caller, true)
}

// patchInstance answers PATCH /instances/{id}: the body is merged over what the instance is.
func (s *Server) patchInstance(c *fiber.Ctx, caller engine.Caller) error {
	return s.updateInstance(c, caller, false)
}

func (s *Server) updateInstance(c *fiber.Ctx, caller engine.Caller, full bool) error {
	id, err := instanceID(c)
	if err != nil {
		return err
	}
	body, err := readBody(c)
	if err != nil {
		return err
	}
	in, err := s.engine.UpdateInstance(c.UserContext(), caller, id, body, full)
	if err != nil {
		return named(err, "instance", instanceText(c))
	}
	return answer(c, fiber.StatusOK, viewInstance(in))
}

// disableInstance answers DELETE /instances/{id}/enabled: it is polled no more until it is enabled again.
func (s *Server) disableInstance(c *fiber.Ctx, caller engine.Caller) error {
	id, err := instanceID(c)
	if err != nil {
		return err
	}
	in, err := s.engine.Disable(c.UserContext(), caller, id)
	if err != nil {
		return named(err, "instance", instanceText(c))
	}
	return answer(c, fiber.StatusOK, viewInstance(in))
}

// settingBody is one configuration key of an instance. The platform's clients read id, key and propertyValue.
type settingBody struct {
	ID       uint32             `json:"id"` // made of the key; that of the element's entry
	Key      string             `json:"key"`
	Value    string             `json:"propertyValue"` // secrets as ********
	Name     string             `json:"name"`
	Type     string             `json:"type"`
	Required bool               `json:"required"`
	Warnings []instance.Problem `json:"warnings,omitempty"` // ours: what was tolerated, in the answer to a change
}

// viewSettings lists the configuration keys that an instance has a value for.
func viewSettings(in *engine.Instance) []settingBody {
	entries := map[string]configurationEntry{}
	for _, e := range configurationEntries(in.Element.Manifest) {
		entries[e.Key] = e
	}
	view := in.View()
	list := make([]settingBody, 0, len(view))
	for _, key := range slices.Sorted(maps.Keys(view)) {
		s := settingBody{ID: entryID(key), Key: key, Value: view[key], Name: key, Type: typeText}
		if e, ok := entries[key]; ok {
			s.Name, s.Type, s.Required = e.Name, e.Type, e.Required
		}
		if in.HasSecret(key) {
			s.Type = typePassword
		}
		list = append(list, s)
	}
	return list
}

// findSetting finds one by its id, or by its key.
func findSetting(in *engine.Instance, wanted string) (settingBody, error) {
	for _, s := range viewSettings(in) {
		if s.Key == wanted || strconv.FormatUint(uint64(s.ID), 10) == wanted {
			return s, nil
		}
	}
	return settingBody{}, missingError{"configuration", wanted}
}

func (s *Server) configured(c *fiber.Ctx, caller engine.Caller) (*engine.Instance, error) {
	id, err := instanceID(c)
	if err != nil {
		return nil, err
	}
	in, err := s.engine.Instance(c.UserContext(), caller, id)
	return in, named(err, "instance", instanceText(c))
}

// listSettings answers GET /instances/{id}/configuration.
func (s *Server) listSettings(c *fiber.Ctx, caller engine.Caller) error {
	in, err := s.configured(c, caller)
	if err != nil {
		return err
	}
	return answerPage(c, viewSettings(in), "")
}

// showSetting answers GET /instances/{id}/configuration/{configId}.
func (s *Server) showSetting(c *fiber.Ctx, caller engine.Caller) error {
	in, err := s.configured(c, caller)
	if err != nil {
		return err
	}
	setting, err := findSetting(in, c.Params("configId"))
	if err != nil {
		return err
	}
	return answer(c, fiber.StatusOK, setting)
}

// patchSetting answers PATCH /instances/{id}/configuration/{configId}, whose body has the new propertyValue; null removes the key. What else is
// in the body, as a client was shown it, counts for nothing.
func (s *Server) patchSetting(c *fiber.Ctx, caller engine.Caller) error {
	in, err := s.configured(c, caller)
	if err != nil {
		return err
	}
	setting, err := findSetting(in, c.Params("configId"))
	if err != nil {
		return err
	}
	body, err := readBody(c)
	if err != nil {
		return err
	}
	var fields map[string]json.RawMessage
	value, given := json.RawMessage(nil), false
	if json.Unmarshal(body, &fields) == nil {
		value, given = fields["propertyValue"]
	}
	if !given {
		return badParameter("propertyValue", `is missing: the body should be an object like {"propertyValue": "15"}`)
	}
	change, err := json.Marshal(map[string]any{"configuration": map[string]json.RawMessage{setting.Key: value}})
	if err != nil {
		return err
	}
	changed, err := s.engine.UpdateInstance(c.UserContext(), caller, in.ID, change, false)
	if err != nil {
		return named(err, "instance", instanceText(c))
	}
	now, err := findSetting(changed, setting.Key)
	if err != nil { // removed
		now = setting
		now.Value = ""
	}
	now.Warnings = changed.Warnings
	return answer(c, fiber.StatusOK, now)
}
