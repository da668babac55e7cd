# The tests of descent.torch, in an environment of their own that has PyTorch. It is installed once, and stays in build/torch.

TORCH_VENV := build/torch
TORCH_INSTALLED := $(TORCH_VENV)/installed

INSTALL_TORCH = [ $(TORCH_INSTALLED) -nt Tests/Torch/install.sh ] || { echo "installing PyTorch into $(TORCH_VENV)" \
	  && rm -f $(TORCH_INSTALLED) && sh Tests/Torch/install.sh $(TORCH_VENV); } || true

.PHONY: test-torch
test-torch: $(LIBRARY)
	@$(INSTALL_TORCH)
	@if [ -e $(TORCH_INSTALLED) ]; then \
	  PYTHONPATH=bindings/python $(TORCH_VENV)/bin/python -m pytest -q Tests/Torch; \
	else echo "PyTorch could not be installed: the tests of descent.torch are skipped"; fi
