package house

import (
	"go/ast"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// program is what the command line of aisle understands, read from the source of services/cmd/aisle: its commands, and the
// flags of each.
func program(t *testing.T) map[string][]string {
	t.Helper()
	commands := map[string][]string{}
	said := map[string]string{} // what the help says of a command's arguments
	flags := map[string][]string{}
	for _, s := range written(t) {
		if !strings.HasPrefix(s.path, "services/cmd/aisle/") || s.isTest() {
			continue
		}
		for _, declared := range s.syntax.Decls {
			function, ok := declared.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if function.Name.Name == "commands" {
				readCommands(function, said)
				continue
			}
			readFlags(function, flags)
		}
	}
	for name := range flags {
		if _, known := said[name]; !known {
			t.Errorf("services/cmd/aisle reads flags of %q, which is no command", name)
		}
	}
	for name, arguments := range said {
		commands[name] = flags[name]
		for _, shown := range flagWord.FindAllStringSubmatch(arguments, -1) {
			if !slices.Contains(flags[name], shown[1]) {
				t.Errorf("aisle help says of %q: %q; it takes the flags %v", name, arguments, flags[name])
			}
		}
	}
	if len(commands) == 0 || len(flags) == 0 {
		t.Fatalf("services/cmd/aisle: found the commands %v and the flags %v", commands, flags)
	}
	return commands
}

// readCommands reads the table of commands: each has its name and what the help says of its arguments.
func readCommands(function *ast.FuncDecl, said map[string]string) {
	ast.Inspect(function, func(n ast.Node) bool {
		row, ok := n.(*ast.CompositeLit)
		if !ok || len(row.Elts) < 2 {
			return true
		}
		name, isName := literal(row.Elts[0])
		arguments, isText := literal(row.Elts[1])
		if isName && isText {
			said[name] = arguments
		}
		return true
	})
}

// readFlags reads the flags that a function gives to the set that it makes with flags("name").
func readFlags(function *ast.FuncDecl, flags map[string][]string) {
	command := ""
	var named []string
	ast.Inspect(function, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if f, ok := call.Fun.(*ast.Ident); ok && f.Name == "flags" {
			command, _ = literal(call.Args[0])
		}
		f, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || !flagKind.MatchString(f.Sel.Name) {
			return true
		}
		at := 0
		if strings.HasSuffix(f.Sel.Name, "Var") {
			at = 1
		}
		if len(call.Args) == at+3 {
			if name, ok := literal(call.Args[at]); ok {
				named = append(named, name)
			}
		}
		return true
	})
	if command != "" && len(named) > 0 {
		slices.Sort(named)
		flags[command] = named
	}
}

func literal(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

var (
	flagKind = regexp.MustCompile(`^(String|Bool|Int|Int64|Uint|Uint64|Float64|Duration)(Var)?$`)
	flagWord = regexp.MustCompile(`--([a-z-]+)(?:=([a-z,]+))?`)
	variable = regexp.MustCompile(`\bAISLE_[A-Z0-9_]+\b`)
)

// called checks one command line: the words after `aisle`.
func called(t *testing.T, where string, commands map[string][]string, words []string) {
	t.Helper()
	if len(words) == 0 {
		t.Errorf("%s calls aisle without a command", where)
		return
	}
	known, isCommand := commands[words[0]]
	if !isCommand {
		t.Errorf("%s calls `aisle %s`: there is no such command", where, strings.Join(words, " "))
	}
	for _, flag := range flagWord.FindAllStringSubmatch(strings.Join(words[1:], " "), -1) {
		if !slices.Contains(known, flag[1]) {
			t.Errorf("%s calls `aisle %s`: %s has no flag --%s", where, strings.Join(words, " "), words[0], flag[1])
		}
		if flag[1] == "services" && !slices.Contains([]string{"all", "none"}, flag[2]) {
			for name := range strings.SplitSeq(flag[2], ",") {
				if _, known := rooms["services/"+name]; !known {
					t.Errorf("%s runs the service %q: there is none", where, name)
				}
			}
		}
	}
}

// container is one service of docker-compose.yml.
type container struct {
	ours        bool
	command     []string
	environment map[string]string
	// ports are those that it listens on and publishes; mounts are where its volumes are.
	ports, mounts []string
}

var (
	composeKey  = regexp.MustCompile(`^( *)([\w.-]+):(?: (.*))?$`)
	composeList = regexp.MustCompile(`^\[(.*)\]$`)
	published   = regexp.MustCompile(`^127\.0\.0\.1:\d+:(\d+)$`)
	mounted     = regexp.MustCompile(`^[a-z]+:(/\S+)$`)
)

// readCompose reads what is checked here of docker-compose.yml: services, and of each what stands one and two levels below.
func readCompose(t *testing.T) map[string]*container {
	t.Helper()
	containers := map[string]*container{}
	section, below := "", ""
	var current *container
	for line := range strings.Lines(read(t, "docker-compose.yml")) {
		line = strings.TrimRight(line, "\n")
		trimmed := strings.TrimSpace(line)
		if key := composeKey.FindStringSubmatch(line); key != nil {
			switch {
			case key[1] == "":
				section, current = key[2], nil
			case section == "services" && key[1] == "  ":
				current, below = &container{environment: map[string]string{}}, ""
				containers[key[2]] = current
			case current != nil && key[1] == "    ":
				below = key[2]
				if list := composeList.FindStringSubmatch(key[3]); below == "command" && list != nil {
					current.command = strings.Split(list[1], ", ")
				}
			case current != nil && below == "environment":
				current.environment[key[2]] = strings.Trim(key[3], `"`)
			}
			continue
		}
		if current == nil {
			continue
		}
		item := strings.TrimPrefix(trimmed, "- ")
		switch {
		case trimmed == "<<: *aisle":
			current.ours = true
		case below == "ports" && item != trimmed:
			port := published.FindStringSubmatch(item)
			if port == nil {
				t.Errorf("docker-compose.yml publishes %s: say 127.0.0.1:PORT:PORT, for the passwords are for trying it out", item)
				continue
			}
			current.ports = append(current.ports, port[1])
		case below == "volumes" && item != trimmed:
			if mount := mounted.FindStringSubmatch(item); mount != nil {
				current.mounts = append(current.mounts, mount[1])
			}
		}
	}
	for _, name := range []string{"postgres", "migrate", "services", "gateway"} {
		if containers[name] == nil || containers[name].ours == (name == "postgres") {
			t.Fatalf("docker-compose.yml: the container %s can't be read: %+v", name, containers[name])
		}
	}
	return containers
}

func TestContainersRunWhatThereIs(t *testing.T) {
	commands, containers := program(t), readCompose(t)
	listening := map[string]bool{}
	for name, c := range containers {
		if !c.ours {
			continue
		}
		called(t, "docker-compose.yml, "+name+",", commands, c.command)
		var open []string
		for _, variable := range []string{"AISLE_GRPC_ADDR", "AISLE_HTTP_ADDR"} {
			if port := strings.TrimPrefix(c.environment[variable], ":"); port != "" {
				open = append(open, port)
				listening[port] = true
			}
		}
		for _, port := range c.ports {
			if !slices.Contains(open, port) {
				t.Errorf("docker-compose.yml publishes port %s of %s, which listens on %v", port, name, open)
			}
		}
		for variable, address := range c.environment {
			if host, port, found := strings.Cut(address, ":"); variable == "AISLE_GRPC_TARGET" {
				if at := containers[host]; !found || at == nil || at.environment["AISLE_GRPC_ADDR"] != ":"+port {
					t.Errorf("docker-compose.yml: %s of %s is %s, where nobody serves gRPC", variable, name, address)
				}
			}
			if host := regexp.MustCompile(`@([\w.-]+):5432/`).FindStringSubmatch(address); strings.HasSuffix(variable, "_URL") {
				if host == nil || containers[host[1]] == nil {
					t.Errorf("docker-compose.yml: %s of %s is %s, where there is no Postgres", variable, name, address)
				}
			}
		}
	}
	called(t, "the health check of docker-compose.yml", commands,
		strings.Split(only(t, "docker-compose.yml", `test: \[CMD, /aisle, ([^\]]+)\]`), ", "))

	dockerfile := read(t, "Dockerfile")
	called(t, "Dockerfile", commands, strings.Split(strings.ReplaceAll(only(t, "Dockerfile", `(?m)^CMD \[(.*)\]$`), `"`, ""), ", "))
	exposed := strings.Fields(only(t, "Dockerfile", `(?m)^EXPOSE (.*)$`))
	if slices.Sort(exposed); !slices.Equal(exposed, slices.Sorted(maps.Keys(listening))) {
		t.Errorf("Dockerfile exposes %v; the containers listen on %v", exposed, slices.Sorted(maps.Keys(listening)))
	}
	if folder := only(t, "Dockerfile", `(?m)^ENV AISLE_DATA_DIR=(\S+)$`); !slices.Contains(containers["services"].mounts, folder) {
		t.Errorf("the image keeps its data in %s, and docker-compose.yml mounts %v", folder, containers["services"].mounts)
	}
	for _, copied := range regexp.MustCompile(`(?m)^COPY ([a-z][^\n]*) \S+$`).FindAllStringSubmatch(dockerfile, -1) {
		for name := range strings.FieldsSeq(copied[1]) {
			exists(t, "Dockerfile", name)
		}
	}
	if image, mod := only(t, "Dockerfile", `golang:(\d+\.\d+)`), only(t, "go.mod", `(?m)^go (\d+\.\d+)`); image != mod {
		t.Errorf("Dockerfile builds with Go %s, go.mod asks for %s", image, mod)
	}
	role := only(t, "docker-compose.yml", `create role (\w+) login`)
	if granted := only(t, "migrations/0001_ledger.up.sql", `(?s)grant select.* to (\w+);`); granted != role {
		t.Errorf("docker-compose.yml makes the role %s, and the migrations grant to %s", role, granted)
	}
}

// only returns what a file says in one place.
func only(t *testing.T, name, pattern string) string {
	t.Helper()
	found := regexp.MustCompile(pattern).FindStringSubmatch(read(t, name))
	if found == nil {
		t.Fatalf("%s does not say %s", name, pattern)
	}
	return found[1]
}

func exists(t *testing.T, where, name string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(root, name)); err != nil {
		t.Errorf("%s names %s, which is not there", where, name)
	}
}

func TestWhatIsWrittenDownCanBeRun(t *testing.T) {
	commands, makefile := program(t), read(t, "Makefile")
	for name, pattern := range map[string]string{
		"Makefile": `\$\(AISLE\) ([^\n]*)`, "README.md": "(?:/cmd/aisle|`aisle) ([a-z][^`)\n]*)",
	} {
		calls := regexp.MustCompile(pattern).FindAllStringSubmatch(read(t, name), -1)
		for _, call := range calls {
			called(t, name, commands, strings.Fields(call[1]))
		}
		if len(calls) == 0 {
			t.Errorf("%s does not call aisle any more: look at this test", name)
		}
	}
	for _, name := range regexp.MustCompile(`\./[a-z/]*cmd/\w+`).FindAllString(makefile+read(t, "Dockerfile"), -1) {
		exists(t, "Makefile or Dockerfile", name)
	}
	for name := range strings.FieldsSeq(only(t, "Makefile", `(?m)^GO_ROOMS := (.*)$`)) {
		exists(t, "Makefile", name)
	}
	targets := map[string]bool{}
	for _, target := range regexp.MustCompile(`(?m)^([a-z-]+):`).FindAllStringSubmatch(makefile, -1) {
		targets[target[1]] = true
	}
	for name, pattern := range map[string]string{
		"Makefile":  `(?m)\$\(MAKE\)(?: --[a-z-]+)* ([a-z-]+)|: run make ([a-z-]+)`,
		".ci/run":   `(?m)^\s*make ([a-z-]+)`,
		"README.md": `(?m)(?:^|\x60)make ([a-z-]+)`,
	} {
		calls := regexp.MustCompile(pattern).FindAllStringSubmatch(read(t, name), -1)
		for _, call := range calls {
			if target := call[1] + strings.Join(call[2:], ""); !targets[target] {
				t.Errorf("%s runs `make %s`: there is no such target", name, target)
			}
		}
		if len(calls) == 0 {
			t.Errorf("%s does not run make any more: look at this test", name)
		}
	}
}

func TestEveryVariableIsOne(t *testing.T) {
	known := map[string]bool{}
	for _, tag := range regexp.MustCompile(`env:"(AISLE_\w+)"`).FindAllStringSubmatch(read(t, "services/app/config.go"), -1) {
		known[tag[1]] = true
	}
	if len(known) == 0 {
		t.Fatal("services/app/config.go names no variable")
	}
	inTests := map[string]bool{}
	for _, s := range written(t) {
		for _, text := range texts(s) {
			if variable.FindString(text) != text || text == "" || known[text] {
				continue
			}
			if !s.isTest() && roomOf(s.path) != "services/pgtest" && roomOf(s.path) != "services/sim" {
				t.Errorf("%s reads %s, which is not in services/app/config.go: all that can be set is described there", s.path, text)
			}
			inTests[text] = true
		}
	}
	for _, name := range []string{"docker-compose.yml", "Dockerfile", "Makefile", ".ci/run", "README.md"} {
		for _, found := range variable.FindAllString(read(t, name), -1) {
			if !known[found] && !inTests[found] {
				t.Errorf("%s names %s, which nothing reads", name, found)
			}
		}
	}
}

// TestDocs holds the pages in docs against the tree: what they name as a test, a file or a room is there.
func TestDocs(t *testing.T) {
	declared := map[string]bool{}
	for _, s := range written(t) {
		for _, d := range s.syntax.Decls {
			if function, ok := d.(*ast.FuncDecl); ok && s.isTest() {
				declared[function.Name.Name] = true
			}
		}
	}
	pages, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil || len(pages) == 0 {
		t.Fatal("there are no pages in docs: ", err)
	}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range regexp.MustCompile(`\b(?:Test|Fuzz)[A-Z]\w*`).FindAllString(string(text), -1) {
			if !declared[name] {
				t.Errorf("%s names %s, which is no test", filepath.Base(page), name)
			}
		}
		for _, path := range regexp.MustCompile(`\bservices/[a-z_/]*[a-z](?:\.go)?`).FindAllString(string(text), -1) {
			if _, err := os.Stat(filepath.Join(root, path)); err != nil {
				t.Errorf("%s names %s, which is not there", filepath.Base(page), path)
			}
		}
	}
}

// TestWhatTheRaceDetectorLeavesOutIsRun: a test that is skipped under the race detector is one that the Makefile runs without it.
func TestWhatTheRaceDetectorLeavesOutIsRun(t *testing.T) {
	var left []string
	for _, s := range written(t) {
		for _, d := range s.syntax.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && s.isTest() && calls(f, "pgtest", "WithoutRace") {
				left = append(left, f.Name.Name)
			}
		}
	}
	slices.Sort(left)
	if line := "\nWITHOUT_RACE = " + strings.Join(left, "|") + "\n"; len(left) == 0 || !strings.Contains(read(t, "Makefile"), line) {
		t.Errorf("tests call pgtest.WithoutRace that `make test` does not run without: the Makefile needs the line%s", line)
	}
}

// calls tells whether a function calls one of another package.
func calls(f *ast.FuncDecl, pkg, name string) (found bool) {
	ast.Inspect(f, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == name {
			of, ok := s.X.(*ast.Ident)
			found = found || ok && of.Name == pkg
		}
		return true
	})
	return found
}
