"""The README's pictures of MLflow: python tests/browser/mlflow_pictures.py SUITE RESULTS DOCS."""

import sys
from pathlib import Path

import chromium
import mlflow_pages as mlflow
from playwright.sync_api import Browser

PAIRS = [f"synthetic_3: {strategy} + logistic_regression" for strategy in ("none", "smote")]


def picture_of_runs(browser: Browser, link: str, folder: Path) -> None:
    page = mlflow.new_page(browser)
    mlflow.open_runs(page, link)
    mlflow.close_assistant(page)
    page.get_by_role("alert").get_by_role("button").last.click()  # the note on shared views
    page.mouse.move(700, 880)
    page.wait_for_timeout(1000)
    page.screenshot(path=folder / "mlflow-runs.png")


def picture_of_curves(browser: Browser, link: str, folder: Path) -> None:
    page = mlflow.new_page(browser)
    mlflow.open_runs(page, link)
    mlflow.close_assistant(page)
    page.get_by_placeholder("metrics.rmse").fill('params.dataset = "synthetic_3"')
    page.keyboard.press("Enter")
    page.get_by_text("16 matching runs").wait_for()
    mlflow.compare(page, PAIRS)
    mlflow.open_curves(page, "folds/f2_tuned")
    page.get_by_label("sidebar").first.click()
    page.mouse.move(700, 880)
    page.wait_for_timeout(1000)
    page.set_viewport_size({"width": mlflow.WIDTH, "height": 720})
    page.wait_for_timeout(1000)
    page.screenshot(path=folder / "mlflow-compare.png")


def main(suite: str, results: str, docs: str) -> None:
    with mlflow.ui(Path(suite), Path(results)) as links, chromium.started() as browser:
        picture_of_runs(browser, links["Runs, best first"], Path(docs))
        picture_of_curves(browser, links["Runs, best first"], Path(docs))


if __name__ == "__main__":
    main(*sys.argv[1:])
