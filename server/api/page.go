package api

import (
	"strconv"

	"github.com/gofiber/fiber/v2"
)

// pageLimit is the platform's default and greatest page size.
const pageLimit = 200

// page is which part of a list is wanted: up to size entries after a token, which is opaque to clients ("" = from the first).
type page struct {
	size  int
	token string
}

// readPage reads pageSize and nextPage. A greater size than the limit is the limit: the answer says by its token that there is more.
func readPage(c *fiber.Ctx) (page, error) {
	p := page{size: pageLimit, token: c.Query("nextPage")}
	text := c.Query("pageSize")
	if text == "" {
		return p, nil
	}
	size, err := strconv.Atoi(text)
	if err != nil || size < 1 {
		return p, badParameter("pageSize", "should be a whole number from 1 to %d, is %q", pageLimit, clip(text))
	}
	p.size = min(size, pageLimit)
	return p, nil
}

// answerPage sends a list with the platform's headers; next is the token of the following page, "" if this is the last.
func answerPage[T any](c *fiber.Ctx, list []T, next string) error {
	if list == nil {
		list = []T{} // [] and not null
	}
	c.Set(headerCount, strconv.Itoa(len(list)))
	if next != "" {
		c.Set(headerNextPage, next)
	}
	return answer(c, fiber.StatusOK, list)
}
