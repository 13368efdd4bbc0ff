# Rondo's commands. `make help` lists them; each sets up what it needs by itself.

# Where LibTorch lies is settled by Scripts/setup and handed to SwiftPM by name: SwiftPM remembers a
# manifest by its environment, and would not notice a .venv that came later, nor another LibTorch in
# the same place, of which the second word is the fingerprint.
WITH_LIBTORCH = LIBTORCH="$$(cat .libtorch)" \
	LIBTORCH_FINGERPRINT="$$(cd "$$(cat .libtorch)" && ls lib | cat - version.py 2>/dev/null | cksum)"
PYTHON = $$(dirname "$$(cat .libtorch)")/../../../bin/python3
RONDO = .build/release/rondo
PREFIX = /usr/local
BENCHMARKS = .build/benchmarks/release
BENCHMARK = $(WITH_LIBTORCH) swift build -c release --package-path Benchmarks --scratch-path .build/benchmarks --product

# Python's compiled files would lie among the sources, and SwiftPM would warn of them.
export PYTHONDONTWRITEBYTECODE = 1

.PHONY: help setup build train test lint docs build-pure check-pure demo-segment demo-detect bench bench-recipe bench-schedules bench-advice bench-advice-rivals bench-papers bench-reading bench-weight-decay bench-fine-tuning bench-fine-tuning-regret bench-fine-tuning-updates bench-fine-tuning-encoders \
	bench-detection bench-detection-training bench-suppression bench-segmentation bench-segmentation-metrics bench-loading bench-evaluation bench-cifar10 bench-time bench-loading-rival bench-two-hosts bench-cost-model \
	bench-serve check-device install release test-release wheel test-python test-onnx kill-test watch-test fixtures pictures clean

help: ## Lists the targets.
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

setup: ## Installs what is missing: Debian packages, PyTorch, Fashion-MNIST.
	@Scripts/setup

build: setup ## Builds the release program.
	@$(WITH_LIBTORCH) swift build -c release --product rondo
	@[ ! -e "$$(cat .libtorch)/lib/libtorch_cuda.so" ] || python3 Scripts/build-nccl .build/release || \
		echo "build: without NCCL several processes exchange gradients of cards by Gloo" >&2

train: build ## Trains on Fashion-MNIST with default settings; ARGS="--epochs 3" adds flags.
	@$(RONDO) train $(ARGS)

test: build ## Runs every test; those of the command line run the release program, as users do.
	@Scripts/setup-oracles
	@$(WITH_LIBTORCH) RONDO_STRICT=1 RONDO_PROGRAM="$$PWD/$(RONDO)" swift test --no-parallel

test-onnx: setup ## Compares every model's ONNX file with ONNX Runtime, not the smaller ones alone.
	@Scripts/setup-oracles
	@$(WITH_LIBTORCH) RONDO_ALL_MODELS=1 swift test --no-parallel --filter ONNXTests

lint: ## Checks the formatting, that the public is documented, that no conversion of a number can trap, and the layers.
	@swift format lint --strict --recursive --parallel Sources Tests Benchmarks Examples Package.swift
	@python3 Scripts/lint-numbers
	@python3 Scripts/check-layers

build-pure: setup ## Builds the pure half and its tests with LibTorch hidden.
	@LIBTORCH=none RONDO_STRICT=1 swift build --build-tests --scratch-path .build/pure

check-pure: build-pure ## Runs the tests of the pure half with LibTorch hidden; `make test` has them too.
	@LIBTORCH=none RONDO_STRICT=1 swift test --skip-build --scratch-path .build/pure

demo-segment: build ## Trains a segmenter on shapes, and shows predicted masks, in under 3 minutes.
	@$(RONDO) train --data shapes --task segment --minutes 2.2 --name demo-segment $(ARGS)
	@$(RONDO) evaluate "$$(ls -td runs/demo-segment-* | head -1)"

bench: build ## Trains in PyTorch and in Rondo in turn, and prints the ratios.
	@$(WITH_LIBTORCH) $(PYTHON) Benchmarks/training/compare.py $(ARGS)

bench-schedules: setup ## Times the schedules beside PyTorch's CyclicLR.
	@$(WITH_LIBTORCH) swift build -c release --product rondo
	@$(BENCHMARK) ScheduleBenchmark
	@$(PYTHON) Benchmarks/schedules/compare.py

bench-advice: setup ## Trains what each finder advises beside a grid of peaks; ARGS="--cifar10 FOLDER".
	@$(WITH_LIBTORCH) swift build -c release --product rondo
	@$(BENCHMARK) AdviceBenchmark
	@$(PYTHON) Benchmarks/advice/run.py $(ARGS)

bench-advice-rivals: setup ## Trains the same cases by optimizers that claim to need no rate; ARGS="--cifar10 FOLDER".
	@$(PYTHON) -m pip install --quiet pillow numpy
	@$(PYTHON) -m pip install --quiet --no-deps prodigyopt==1.1.2 dadaptation==3.2 dog-optimizer==1.0.3 \
		mechanic-pytorch==0.0.1 schedulefree==1.4.1
	@$(PYTHON) Benchmarks/advice/rivals.py $(ARGS)

bench-weight-decay: build ## Trains with AdamW at weight decays around the chosen one; ARGS="--cifar10 FOLDER".
	@$(WITH_LIBTORCH) $(PYTHON) Benchmarks/advice/decay.py $(ARGS)

bench-fine-tuning: build ## Fine-tunes EfficientNet-Lite0 beside two PyTorch recipes; ARGS="--data FOLDER --weights FILE".
	@$(PYTHON) -m pip install --quiet pillow numpy
	@$(PYTHON) -m pip install --quiet --no-deps efficientnet-lite-pytorch==0.1.0
	@$(WITH_LIBTORCH) $(PYTHON) Benchmarks/fine-tuning/compare.py $(ARGS)

bench-fine-tuning-regret: build ## Fine-tunes at a grid of peaks beside the advised one; ARGS="--data FOLDER --weights FILE --model NAME".
	@$(WITH_LIBTORCH) $(PYTHON) Benchmarks/fine-tuning/regret.py $(ARGS)

bench-fine-tuning-updates: build ## Times fine-tuning updates beside timm's train.py; ARGS="--data FOLDER --timm FOLDER".
	@$(PYTHON) -m pip install --quiet --no-deps torchvision==0.28.0
	@$(PYTHON) -m pip install --quiet --no-deps timm==1.0.31
	@$(PYTHON) -m pip install --quiet pillow numpy pyyaml safetensors huggingface_hub
	@$(WITH_LIBTORCH) $(PYTHON) Benchmarks/fine-tuning/updates.py $(ARGS)

bench-fine-tuning-encoders: build ## Trains boxes and masks from weights and from scratch; ARGS="--boxes FOLDER --masks FOLDER --weights FILE".
	@$(WITH_LIBTORCH) $(PYTHON) Benchmarks/fine-tuning/encoders.py $(ARGS)

bench-reading: setup ## Times reading weights beside PyTorch and safetensors; ARGS="--megabytes 100".
	@$(WITH_LIBTORCH) swift build -c release --product rondo
	@$(BENCHMARK) ReadingBenchmark
	@$(PYTHON) -m pip install --quiet safetensors numpy
	@$(PYTHON) Benchmarks/reading/compare.py $(ARGS)

bench-papers: setup ## Trains Smith's network by cycles, by his baselines and by tuned ones; ARGS="--cifar10 FOLDER".
	@$(BENCHMARK) PapersBenchmark
	@$(BENCHMARKS)/PapersBenchmark $(ARGS)

bench-detection: setup ## Times the metrics of detection beside pycocotools.
	@$(WITH_LIBTORCH) swift build -c release --product rondo
	@$(BENCHMARK) DetectionBenchmark
	@$(PYTHON) -m pip install --quiet pycocotools numpy
	@$(PYTHON) Benchmarks/detection-metrics/compare.py $(ARGS)

bench-detection-training: build ## Trains a detector in torchvision and in Rondo in turn; ARGS="--data FOLDER".
	@$(PYTHON) -m pip install --quiet pillow numpy
	@$(PYTHON) -m pip install --quiet --no-deps torchvision==0.28.0
	@$(PYTHON) Benchmarks/detection-training/compare.py $(ARGS)

demo-detect: build ## Trains a detector on shapes, and draws the boxes that it predicts on new images.
	@Scripts/demo-detect

bench-suppression: setup ## Times the suppression of boxes beside torchvision.
	@$(WITH_LIBTORCH) swift build -c release --product rondo
	@$(BENCHMARK) SuppressionBenchmark
	@$(PYTHON) -m pip install --quiet pillow numpy
	@$(PYTHON) -m pip install --quiet --no-deps torchvision==0.28.0
	@$(PYTHON) Benchmarks/suppression/compare.py $(ARGS)

bench-segmentation-metrics: setup ## Times the metrics of segmentation beside NumPy and SciPy.
	@$(WITH_LIBTORCH) swift build -c release --product rondo
	@$(BENCHMARK) SegmentationBenchmark
	@$(PYTHON) -m pip install --quiet numpy scipy pillow
	@$(PYTHON) Benchmarks/segmentation-metrics/compare.py $(ARGS)

bench-evaluation: setup ## Times evaluation beside PyTorch; ARGS="--batch 256".
	@$(WITH_LIBTORCH) swift build -c release --product rondo
	@$(BENCHMARK) EvaluationBenchmark
	@$(PYTHON) Benchmarks/evaluation/compare.py $(ARGS)

check-device: setup ## Compares what another device computes with the processor; ARGS=cuda or mps.
	@$(BENCHMARK) DeviceCheck
	@$(BENCHMARKS)/DeviceCheck $(ARGS)

bench-loading: setup ## Times reading photographs beside decoding alone, or augmenting small images; ARGS=FOLDER.
	@$(BENCHMARK) LoadingBenchmark
	@$(BENCHMARKS)/LoadingBenchmark $(ARGS)

bench-cifar10: build ## Compares five schedules on CIFAR-10; ARGS="--data FOLDER --epochs 15".
	@$(PYTHON) Benchmarks/cifar10/run.py $(ARGS)

bench-time: build ## Trains ResNet-9 to 94 % on CIFAR-10 beside PyTorch; ARGS="--data FOLDER --device cuda".
	@$(PYTHON) Benchmarks/time-to-accuracy/run.py $(ARGS)

bench-loading-rival: build ## Times reading photographs beside torchvision; ARGS=FOLDER.
	@$(BENCHMARK) LoadingBenchmark
	@$(PYTHON) -m pip install --quiet pillow numpy
	@$(PYTHON) -m pip install --quiet --no-deps torchvision==0.28.0
	@$(PYTHON) Benchmarks/loading/compare.py $(ARGS)

bench-segmentation: build ## Trains U-Net beside PyTorch; ARGS="--data FOLDER", images with instances.
	@$(PYTHON) -m pip install --quiet pillow numpy
	@$(PYTHON) Benchmarks/segmentation/compare.py $(ARGS)

bench-recipe: build ## Trains on Fashion-MNIST with default settings, three seeds.
	@$(PYTHON) Benchmarks/recipe/run.py $(ARGS)

bench-serve: build ## Measures rondo serve with many clients, beside predict and FastAPI; ARGS="--requests 2000 --clients 32".
	@$(PYTHON) -m pip install --quiet --requirement Benchmarks/serving/requirements.txt
	@$(PYTHON) -m pip install --quiet --no-deps torchvision==0.28.0
	@$(PYTHON) Benchmarks/serving/compare.py $(ARGS)

bench-two-hosts: build ## Trains on two network namespaces, and cuts one off; as root.
	@python3 Benchmarks/distributed/two-hosts.py $(ARGS)

bench-cost-model: ## Prints what an update of several processes costs; ARGS=--check measures, as root.
	@python3 Benchmarks/distributed/cost-model.py $(ARGS)

watch-test: build ## Watches a run in a headless browser, and lands it; ARGS="--pictures FOLDER --many".
	@python3 -m venv .build/watch-test && .build/watch-test/bin/pip install --quiet playwright
	@.build/watch-test/bin/python Scripts/watch-in-browser $(ARGS)

kill-test: build ## Kills a run 20 times, resumes it, and compares it with one that was left alone.
	@python3 Scripts/kill-and-resume $(ARGS)

fixtures: setup ## Writes the tests' fixtures anew, by PyTorch and the other reference systems.
	@$(PYTHON) -m pip install --quiet safetensors numpy optax pillow pycocotools scikit-learn
	@$(PYTHON) -m pip install --quiet scipy scikit-image webdataset imagehash cleanlab pyyaml huggingface_hub
	@$(PYTHON) -m pip install --quiet --no-deps timm==1.0.31 torchvision==0.28.0 monai efficientnet-lite-pytorch==0.1.0
	@$(PYTHON) Scripts/fixtures/torch_fixtures.py
	@$(PYTHON) Scripts/fixtures/pickle_fixtures.py
	@$(PYTHON) Scripts/fixtures/network_fixtures.py
	@$(PYTHON) Scripts/fixtures/model_fixtures.py
	@$(PYTHON) Scripts/fixtures/segmenter_fixtures.py
	@$(PYTHON) Scripts/fixtures/layout_fixtures.py
	@$(PYTHON) Scripts/fixtures/depth_fixtures.py
	@$(PYTHON) Scripts/fixtures/schedule_fixtures.py
	@$(PYTHON) Scripts/fixtures/suggestion_fixtures.py
	@$(PYTHON) Scripts/fixtures/peak_fixtures.py
	@$(PYTHON) Scripts/fixtures/clipping_fixtures.py
	@$(PYTHON) Scripts/fixtures/loss_fixtures.py
	@$(PYTHON) Scripts/fixtures/image_fixtures.py
	@$(PYTHON) Scripts/fixtures/bicubic_fixtures.py
	@$(PYTHON) Scripts/fixtures/augmentation_fixtures.py
	@$(PYTHON) Scripts/fixtures/hash_fixtures.py
	@$(PYTHON) Scripts/fixtures/format_fixtures.py
	@$(PYTHON) Scripts/fixtures/detection_fixtures.py
	@$(PYTHON) Scripts/fixtures/classification_fixtures.py
	@$(PYTHON) Scripts/fixtures/label_error_fixtures.py
	@$(PYTHON) Scripts/fixtures/suppression_fixtures.py
	@$(PYTHON) Scripts/fixtures/detector_fixtures.py
	@$(PYTHON) Scripts/fixtures/segmentation_fixtures.py
	@$(PYTHON) Scripts/fixtures/shard_fixtures.py
	@$(PYTHON) Scripts/fixtures/weights_fixtures.py

pictures: setup ## Draws the guides' pictures of schedules.
	@$(WITH_LIBTORCH) swift build -c release --product rondo
	@python3 Scripts/draw-schedules

install: build ## Installs program, manual page and completions below PREFIX (/usr/local), under DESTDIR.
	@install -D -m 755 $(RONDO) "$(DESTDIR)$(PREFIX)/bin/rondo"
	@Scripts/share-files $(RONDO) "$(DESTDIR)$(PREFIX)/share"

release: ## Makes a release in .build/dist; ARGS=--draft before the changelog has its day.
	@Scripts/setup wheel
	@python3 Scripts/release $(ARGS)

test-release: setup ## Tests the release notes and the bill of materials.
	@python3 -m venv .build/release-tools
	@.build/release-tools/bin/pip install --quiet "cyclonedx-python-lib[json-validation]==11.12.0"
	@.build/release-tools/bin/python3 -m unittest discover Scripts/tests

wheel: ## Builds the Python package in .build/wheel; ARGS="LIBTORCH ..." for several releases of torch.
	@Scripts/setup wheel
	@Scripts/build-wheel $(ARGS)

test-python: build ## Tests the Python module.
	@RONDO_PROGRAM=$(RONDO) PYTHONPATH=Python $(PYTHON) -m unittest discover Python/tests

docs: setup ## Builds the documentation site in .build/docs/site; ARGS="--base-path /rondo".
	@$(WITH_LIBTORCH) RONDO_STRICT=1 swift build
	@$(PYTHON) Scripts/build-docs $(ARGS)

clean: ## Removes what was built; .venv stays.
	@rm -rf .build
