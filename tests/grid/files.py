"""files.py - the YAML files for Kubernetes, GitLab and GitHub: their own lines, run by bash with the
variables that these systems set."""
import re

import house
import yaml
from campaign import PARTS, SHIPPED

EXPRESSION = re.compile(r"\$\{\{\s*([\w.-]+)\s*\}\}")


def load(name):
    return list(yaml.safe_load_all((SHIPPED / name).read_text()))


def container(job):
    [found] = job["spec"]["template"]["spec"]["containers"]
    return found


def variables(of, results):
    told = {each["name"]: each["value"] for each in of["env"]}
    [volume] = of["volumeMounts"]
    house.expect(told["RESULTS"] == volume["mountPath"], "RESULTS on the volume", told)
    return told | {"RESULTS": str(results)}


def kubernetes(campaign):
    claim, job = load("kubernetes/parts.yaml")
    [merge] = load("kubernetes/merge.yaml")
    spec = job["spec"]
    part = container(job)
    here = campaign.place("kubernetes")
    results = here / "results"
    results.mkdir()
    told = variables(part, results)
    house.expect(spec["completionMode"] == "Indexed" and spec["completions"] == PARTS
                 and told["MXLAB_SHARDS"] == str(PARTS), f"{PARTS} parts in both places", spec)
    for each in (job, merge):
        [volume] = each["spec"]["template"]["spec"]["volumes"]
        house.expect(volume["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"],
                     "the claim's own name", volume)
    told["SEEDS"] = campaign.seeds
    for index in range(PARTS):  # from 0
        campaign.call(here, *part["command"], *part["args"],
                      more=told | {"JOB_COMPLETION_INDEX": str(index)})
    merger = container(merge)
    campaign.call(here, *merger["command"], *merger["args"], more=variables(merger, results))
    campaign.check(results)


def gitlab(campaign):
    [file] = load("gitlab-ci.yml")
    sweep = file["sweep"]
    here = campaign.place("gitlab")
    told = file["variables"] | {"SEEDS": campaign.seeds, "CI_NODE_TOTAL": str(sweep["parallel"])}
    for index in range(1, sweep["parallel"] + 1):
        campaign.script(here, "\n".join(sweep["script"]), told | {"CI_NODE_INDEX": str(index)})
    # A job that is not parallel has a total of 1 and no index.
    campaign.script(here, "\n".join(file["merge"]["script"]), told | {"CI_NODE_TOTAL": "1"})
    campaign.check(here / "results")


def step(job, name):
    [found] = [each for each in job["steps"] if each.get("id") == name]
    return found


def github(campaign):
    [file] = load("github-workflow.yml")
    sweep = file["jobs"]["sweep"]
    play = step(sweep, "play")
    total = len(sweep["strategy"]["matrix"]["part"])
    here = campaign.place("github")
    told = file["env"] | {"SEEDS": campaign.seeds}
    for index in range(total):
        context = {"strategy.job-index": str(index), "strategy.job-total": str(total)}
        mine = {name: EXPRESSION.sub(lambda at, known=context: known[at[1]], text)
                for name, text in play["env"].items()}
        campaign.script(here, play["run"], told | mine)
    campaign.script(here, step(file["jobs"]["merge"], "merge")["run"], told)
    campaign.check(here / "results")


def judge(_, campaign):
    yield "Kubernetes' indexed Job", [], lambda: kubernetes(campaign)
    yield "GitLab's jobs", [], lambda: gitlab(campaign)
    yield "GitHub's matrix", [], lambda: github(campaign)
