"""The segments of the panel's worklist, as tests ask for them."""


def segments(driver):
    node = driver.widget.logic.getParameterNode().segmentation
    segmentation = node.GetSegmentation()
    return [segmentation.GetSegment(id) for id in segmentation.GetSegmentIDs()]


def names(driver):
    return [segment.GetName() for segment in segments(driver)]


def chosen(driver):
    node = driver.widget.logic.getParameterNode().segmentation
    return node.GetSegmentation().GetSegment(driver.session.segmentId)


def segmentId(parameters, name):
    return parameters.segmentation.GetSegmentation().GetSegmentIdBySegmentName(name)


def useTemplate(driver, name):
    menu = driver.ui.templateButton.menu()
    next(action for action in menu.actions() if action.text.startswith(name)).trigger()
    driver.turn()
