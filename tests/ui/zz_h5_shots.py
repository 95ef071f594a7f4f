from pathlib import Path
import pytest
from tests.ui import move_sample as m
OUT=Path("/tmp/h5/shots")
@pytest.mark.parametrize("size",[(1920,1080),(1280,800)])
@pytest.mark.parametrize("lang",["en","zh_CN"])
@pytest.mark.parametrize("name",["BEGUN","WAITING","AT_SHELF","PICKING","OPENED","HALF","DIFFERS","DAMAGED"])
def test_shot(bench,qtbot,name,lang,size):
    b=bench(getattr(m,name),lang,size)
    b.window.shell.setUpdatesEnabled(True); b.window.grab_to(OUT/f"{name}-{lang}-{size[0]}.png")
