package scenarios

import (
	"embed"
	"path"
	"strings"
)

const embeddedDir = "embedded"

//go:embed embedded/*.yaml
var embedded embed.FS

//go:embed scenario.schema.json
var schema []byte

// Schema returns the JSON Schema (draft 2020-12) of scenario files, for editors
// that complete and check while typing. It knows shapes and names of keys; what
// refers to something else in the file only [Load] can check.
func Schema() []byte { return append([]byte(nil), schema...) }

// List returns the names of the embedded scenarios, sorted.
func List() []string {
	entries, err := embedded.ReadDir(embeddedDir)
	if err != nil {
		return nil
	}
	all := make([]string, len(entries))
	for i, e := range entries {
		all[i] = strings.TrimSuffix(e.Name(), ".yaml")
	}
	return all
}

// embeddedPath returns the path of an embedded scenario. A name with a slash
// gives a path that does not exist.
func embeddedPath(name string) string {
	if strings.ContainsAny(name, `/\`) {
		return ""
	}
	return path.Join(embeddedDir, name+".yaml")
}
