package console

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"path"

	"github.com/gofiber/fiber/v2"
)

//go:embed assets/*
var assetFiles embed.FS

// asset is a file that pages load. Its address changes with its content, so that browsers may keep it for ever.
type asset struct {
	body []byte
	kind string
	mark string
}

var assetKinds = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}

func readAssets() (map[string]asset, error) {
	all := map[string]asset{}
	err := fs.WalkDir(assetFiles, "assets", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := assetFiles.ReadFile(name)
		all[path.Base(name)] = asset{body, assetKinds[path.Ext(name)], markOf(body)}
		return err
	})
	return all, err
}

func markOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:6])
}

// assetAddress is where a page finds a file.
func assetAddress(name string) (string, error) {
	body, err := assetFiles.ReadFile("assets/" + name)
	return Path + "/assets/" + name + "?" + markOf(body), err
}

func (v *visit) asset() error {
	a, ok := v.assets[v.Params("name")]
	if !ok {
		return fiber.ErrNotFound
	}
	v.Set(fiber.HeaderContentType, a.kind)
	v.Set(fiber.HeaderCacheControl, "no-cache")
	if string(v.Request().URI().QueryString()) == a.mark {
		v.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	}
	return v.Send(a.body)
}
