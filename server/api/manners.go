package api

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/compress"
	"github.com/gofiber/fiber/v2/middleware/cors"
)

// exposed are the headers that a page of another origin may read: the platform's list, as far as they are sent here.
var exposed = []string{
	headerCount, headerRequestID, headerNextPage, headerTotal, headerInstanceID, headerFilteredBy, headerOrderedBy, headerHubWarnings, fiber.HeaderRetryAfter,
}

// manners puts what is HTTP's and not the API's round all routes: pages of the listed origins may call it, and long answers are compressed
// for those who want it so. Credentials of a browser are never used: the Authorization header is what a page's script sets.
func (s *Server) manners(app *fiber.App) {
	if len(s.origins) > 0 {
		app.Use(cors.New(cors.Config{
			AllowOrigins:  strings.Join(s.origins, ","),
			AllowMethods:  "GET,POST,PUT,PATCH,DELETE",
			AllowHeaders:  strings.Join([]string{fiber.HeaderAuthorization, fiber.HeaderContentType, headerIdempotency}, ","),
			ExposeHeaders: strings.Join(exposed, ","),
			MaxAge:        600, // seconds
		}))
	}
	app.Use(compress.New(compress.Config{Level: compress.LevelBestSpeed}))
}

// CheckOrigin says what is wrong with an origin for Config.Origins; nil if it is one. There is no "*": whoever wants to let every page of the
// web call the server should have to name them.
func CheckOrigin(origin string) error {
	u, err := url.Parse(origin)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || origin != u.Scheme+"://"+u.Host || strings.ContainsAny(u.Host, "*, ") || origin != strings.ToLower(origin) {
		return fmt.Errorf("%q is not an origin; it should look like https://app.example.com, without a path", origin)
	}
	return nil
}
