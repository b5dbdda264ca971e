"""The tools of the project agree with each other: workflow, make targets, hooks, generated pages."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import yaml

from scripts.diff.__main__ import PAGE
from tests.python.warehouse import PROJECT

MAKEFILE = (PROJECT / "Makefile").read_text(encoding="utf-8")


def loaded(name: str) -> Any:
    return yaml.safe_load((PROJECT / name).read_text(encoding="utf-8"))


def recipe_of(target: str) -> str:
    """Return the commands of a make target."""
    found = re.search(rf"(?m)^{target}:[^=\n]*\n((?:\t.*\n|\n(?=\t))+)", MAKEFILE)
    assert found, target
    return found[1]


def folders_of(target: str) -> set[str]:
    return set(re.findall(r"tests/\w+", recipe_of(target)))


def test_the_jobs_of_the_workflow_are_the_parts_of_make_test_and_the_extended_tests() -> None:
    jobs = loaded(".github/workflows/ci.yml")["jobs"]
    targets = jobs["make"]["strategy"]["matrix"]["target"]
    assert set(targets) == {"lint", "test-python", "test-redshift", "test-dbt", "test-extended"}
    assert jobs["make"]["steps"][-1]["run"] == "make ${{ matrix.target }}"
    assert folders_of("test-python") | folders_of("test-redshift") == folders_of("test")
    assert "--output-sync=target test-dbt $(filter-out lint-sql-redshift,$(LINTS))\n" in recipe_of("test")
    assert "--output-sync=target $(LINTS)\n" in recipe_of("lint")
    assert (PROJECT / ".ci" / "run").read_text(encoding="utf-8").rstrip().endswith("exec make test")


def test_a_title_has_no_comma() -> None:
    """`$(call say,...)` would print what is before it."""
    titles = re.findall(r"\$\(call say,(.*)\)$", MAKEFILE, re.MULTILINE)
    assert len(titles) > 10
    assert [title for title in titles if "," in title] == []


def test_every_test_runs_in_one_of_three_targets() -> None:
    """A test without a marker runs in `make test`; with both markers, in `make test-long`."""
    core = re.search(r"(?m)^CORE := (.*)$", MAKEFILE)
    assert core is not None
    assert core[1] == '-m "not extended and not long"'
    assert all("$(CORE)" in recipe_of(target) for target in ("test", "test-python", "test-redshift"))
    assert '-m "extended and not long"' in recipe_of("test-extended")
    assert "-m long" in recipe_of("test-long")
    marked = {path for path in (PROJECT / "tests").rglob("test_*.py") if "mark.extended" in path.read_text("utf-8")}
    folders = [PROJECT / folder for folder in folders_of("test-extended")]
    assert len(marked) > 10
    assert all(any(path.is_relative_to(folder) for folder in folders) for path in marked)
    nightly = loaded(".github/workflows/ci.yml")["jobs"]["nightly"]
    assert nightly["if"] == "github.event_name == 'schedule'"
    assert nightly["steps"][-1]["run"] == "make test-long"


def test_the_image_installs_the_packages_that_ci_ran() -> None:
    assert "RUN make setup\n" in (PROJECT / "infra" / "Dockerfile").read_text(encoding="utf-8")
    (hub,) = [name for name, job in loaded(".github/workflows/ci.yml")["jobs"].items() if "PACKAGES" in str(job)]
    assert hub == "package-hub"
    script = PROJECT / "scripts" / "install_dbt_packages.sh"
    done = subprocess.run(
        [script],
        env={"PATH": "/usr/bin:/bin", "TIEOUT_DBT_PACKAGES": "newest"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == ("TIEOUT_DBT_PACKAGES is 'newest'. Set it to offline or hub, or leave it unset.\n")


def test_the_dag_has_the_steps_of_the_daily_run() -> None:
    script = (PROJECT / "scripts" / "daily_run.sh").read_text(encoding="utf-8")
    dag = (PROJECT / "orchestration" / "airflow" / "tieout_daily.py").read_text(encoding="utf-8")
    command = r"(?:tieout|dbt) (?:fetch|land|push|catalog|build|check)"
    steps = re.findall(rf'step "(\w+)" "[^"]+" (?:\\\n *)?({command})', script)
    assert [name for name, _ in steps] == ["fetch", "land", "push", "catalog", "build", "check"]
    assert re.findall(rf'step\(\s*"(\w+)",\s*f?"({command})', dag) == steps


def test_a_pull_request_shows_the_figures_that_it_moves() -> None:
    job = loaded(".github/workflows/ci.yml")["jobs"]["diff"]
    assert job["if"] == "github.event_name == 'pull_request'"
    commands = [step["run"] for step in job["steps"] if "run" in step]
    assert commands == ['make diff BASE="origin/$BASE_REF"', f'cat {PAGE} >> "$GITHUB_STEP_SUMMARY"']
    assert "make diff BASE=main" in (PROJECT / ".github" / "pull_request_template.md").read_text(encoding="utf-8")


def test_processes_are_set_in_one_place() -> None:
    assert re.search(r"(?m)^JOBS \?= 2$", MAKEFILE)
    assert re.findall(r"(?:-n|--jobs) +\d+", MAKEFILE) == []


def test_the_hooks_are_local_and_use_the_tools_of_the_environment() -> None:
    (repository,) = loaded(".pre-commit-config.yaml")["repos"]
    assert repository["repo"] == "local"
    tools = {hook["entry"].split()[0] for hook in repository["hooks"]}
    assert tools == {f".venv/bin/{tool}" for tool in ("ruff", "sqlfluff", "yamllint")}
    requirements = (PROJECT / "requirements.txt").read_text(encoding="utf-8")
    assert all(re.search(rf"(?m)^{tool.rsplit('/', 1)[1]}(\[\w+\])?==", requirements) for tool in tools)


def test_the_command_reference_is_up_to_date() -> None:
    checked = [sys.executable, "scripts/command_reference.py", "--check"]
    done = subprocess.run(checked, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_readme_fits_on_a_few_pages() -> None:
    assert len((PROJECT / "README.md").read_text(encoding="utf-8").splitlines()) <= 130
